// SPDX-License-Identifier: Apache-2.0

/// A second, independent reading of a message head, against which the gateway's own is checked.
///
/// It is written to be obviously right rather than fast: the head ends at the first CRLF CRLF, its lines are what stands
/// between CRLFs, and anything out of the ordinary makes it `nil`.
struct StrictHead {
    struct Field: Equatable {
        var name: String
        var value: String
    }

    /// The first line.
    var start: String
    var fields: [Field] = []
    /// Bytes of the head with its blank line.
    var length: Int

    /// Reads the head at the front of `bytes`.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let end = Self.endOfHead(bytes) else { return nil }
        length = end - bytes.startIndex
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes[bytes.startIndex..<end - 2]
        while !rest.isEmpty {
            guard let lineEnd = rest.indices.first(where: { rest[$0] == 13 }), lineEnd + 1 < rest.endIndex,
                rest[lineEnd + 1] == 10
            else { return nil }
            lines.append(rest[..<lineEnd])
            rest = rest[(lineEnd + 2)...]
        }
        guard let first = lines.first, !lines.contains(where: { $0.contains(where: Self.isControl) }) else {
            return nil
        }
        start = first.latin1
        for line in lines.dropFirst() {
            guard let field = Field(line) else { return nil }
            fields.append(field)
        }
    }

    init?(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    /// The values of the fields called `name`, which is in small letters.
    subscript(name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// How a body of this message is framed: by chunks, by a length, or not at all. An error where two answers are possible.
    var framing: Framing {
        let lengths = self["content-length"]
        let codings = self["transfer-encoding"]
        switch (lengths.count, codings.count) {
        case (0, 0): return .none
        case (0, 1): return codings[0].lowercased() == "chunked" ? .chunked : .ambiguous
        case (1, 0):
            let digits = lengths[0]
            guard !digits.isEmpty, digits.allSatisfy({ "0"..."9" ~= $0 }), let length = Int64(digits) else {
                return .ambiguous
            }
            return .length(UInt64(length))
        default: return .ambiguous
        }
    }

    enum Framing: Equatable {
        case none, chunked, ambiguous
        case length(UInt64)
    }

    private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in bytes.startIndex...bytes.endIndex - 4
        where bytes[index..<index + 4].elementsEqual([13, 10, 13, 10]) {
            return index + 4
        }
        return nil
    }

    /// Control bytes but the tab.
    private static func isControl(_ byte: UInt8) -> Bool {
        (byte < 32 && byte != 9) || byte == 127
    }
}

extension StrictHead.Field {
    init?(_ line: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: 58), colon > line.startIndex else { return nil }
        let others = "!#$%&'*+-.^_`|~".utf8
        let isToken = line[..<colon].allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || others.contains(byte)
        }
        guard isToken else { return nil }
        name = line[..<colon].latin1
        var value = line[(colon + 1)...]
        while let first = value.first, first == 32 || first == 9 { value = value.dropFirst() }
        while let last = value.last, last == 32 || last == 9 { value = value.dropLast() }
        self.value = value.latin1
    }
}

/// The fields that the gateway frames by, drops or replaces, in small letters.
private let guarded: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade", "keep-alive",
    "proxy-connection", "proxy-authenticate", "proxy-authorization", "http2-settings", "x-forwarded-for",
    "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "forwarded", "x-request-id", "x-real-ip", "x-curlew",
]

/// How the names begin that only a proxy may use.
let xForwardedPrefix = "x-forwarded-"

/// Whether a backend that sees but letters and digits of names could take `name` for another one that is guarded.
func isMimic(_ name: String) -> Bool {
    let lowercased = name.lowercased()
    let twin = String(lowercased.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    if twin.hasPrefix(xForwardedPrefix) && !lowercased.hasPrefix(xForwardedPrefix) { return true }
    return twin != lowercased && guarded.contains(twin)
}
