// SPDX-License-Identifier: Apache-2.0

/// A request in the one form that both sides of Signature Version 4 bring it into before it is signed.
package struct CanonicalRequest {
    /// A field with its name in lower case.
    package struct Field {
        package let name: [UInt8]
        package let value: [UInt8]

        package init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    private let method: [UInt8]
    private let path: [UInt8]
    private let query: [UInt8]
    private let payloadHash: [UInt8]
    /// By name; fields of one name in their order.
    private let fields: [Field]

    /// - Parameters:
    ///   - method: As it is sent.
    ///   - target: Path and query as they are sent.
    ///   - fields: Those that are signed, in the order in which they are sent.
    ///   - payloadHash: What the X-Amz-Content-Sha256 field says, if there is one.
    package init(method: [UInt8], target: [UInt8], fields: [Field], payloadHash: [UInt8]) {
        self.method = method
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        path = Array(target[..<mark])
        query = Array(target[mark...].dropFirst())
        self.payloadHash = payloadHash
        var merged: [Field] = []
        for field in fields {
            let value = Self.trimmed(field.value)
            if let index = merged.firstIndex(where: { $0.name == field.name }) {
                merged[index] = Field(name: field.name, value: merged[index].value + [UInt8(ascii: ",")] + value)
            } else {
                merged.append(Field(name: field.name, value: value))
            }
        }
        self.fields = merged.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// `host;x-amz-date`
    var signedNames: [UInt8] { Array(fields.map(\.name).joined(separator: ";".utf8)) }

    func text(isS3: Bool) -> [UInt8] {
        let lines = fields.map { $0.name + [UInt8(ascii: ":")] + $0.value + [0x0A] }
        let parts = [
            method, isS3 ? Self.encoded(Self.decoded(path), keeping: slash) : canonicalPath, canonicalQuery,
            Array(lines.joined()), signedNames, payloadHash,
        ]
        return Array(parts.joined(separator: [0x0A]))
    }

    private let slash = UInt8(ascii: "/")

    /// Without empty, `.` and `..` segments, and encoded once more than it is sent.
    private var canonicalPath: [UInt8] {
        var segments: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: slash) where !segment.elementsEqual(".".utf8) {
            if segment.elementsEqual("..".utf8) { _ = segments.popLast() } else { segments.append(segment) }
        }
        let end = path.last == slash && !segments.isEmpty ? [slash] : []
        return Self.encoded([slash] + Array(segments.joined(separator: [slash])) + end, keeping: slash)
    }

    /// Names and values encoded in one way, whatever way they were sent in, and sorted.
    private var canonicalQuery: [UInt8] {
        let pairs = query.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            // In queries a plus is a space to AWS's own tools.
            let halves = [pair[..<equals], pair[equals...].dropFirst()].map { half in
                Self.encoded(Self.decoded(half.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }))
            }
            return (name: halves[0], value: halves[1])
        }
        let sorted = pairs.sorted {
            $0.name == $1.name
                ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        return Array(sorted.map { $0.name + [UInt8(ascii: "=")] + $0.value }.joined(separator: "&".utf8))
    }

    /// Without spaces around it, and one for each run of them within.
    private static func trimmed(_ value: [UInt8]) -> [UInt8] {
        let words = value.split { $0 == UInt8(ascii: " ") || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        return Array(words.joined(separator: " ".utf8))
    }

    /// Percent-encoded but for RFC 3986's unreserved characters, and `kept`.
    private static func encoded(_ bytes: [UInt8], keeping kept: UInt8? = nil) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                [byte]
            case kept: [byte]
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
