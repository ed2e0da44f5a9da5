// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold for the decoder of chunked bodies with their trailers, whatever bytes come.
enum ChunkedInvariants {
    static func check(_ bytes: [UInt8]) throws {
        let small = limits(8)
        for limits in [HTTPLimits(), small] {
            let whole = DecodedBody(bytes, limits: limits)
            for ends in [cuts(of: bytes, 4), bytes.count <= 256 ? Array(0..<bytes.count) : []] {
                let cut = DecodedBody(bytes, cuts: ends, limits: limits)
                let isSame = cut.end == whole.end && cut.data == whole.data && cut.trailers == whole.trailers
                try require(isSame, "the outcome depends on the cuts", bytes)
                if whole.end == .ended {
                    try require(cut.consumed == whole.consumed, "the end depends on the cuts", bytes)
                }
            }
        }
        let decoded = DecodedBody(bytes)
        let read = StrictChunks(bytes)
        switch decoded.end {
        case .ended:
            guard let read else { throw Violation("accepted what is no chunked body", bytes) }
            try require(read.data.latin1 == decoded.data, "the data is other", bytes)
            try require(read.length == decoded.consumed, "the body ends elsewhere", bytes)
            try require(
                read.trailers.map { [$0.name, $0.value] } == decoded.trailers,
                "the trailers are others",
                bytes
            )
        case .unfinished: try require(read == nil, "missed the end", bytes)
        case .rejected(let error):
            let isOfLimits = [.chunkExtensionsTooLong, .headTooLarge, .tooManyFields].contains(error)
            try require(read == nil || isOfLimits, "rejected a body that is in order, as \(error)", bytes)
        }
    }

    private static func limits(_ size: Int) -> HTTPLimits {
        var limits = HTTPLimits()
        limits.chunkExtensionBytes = size
        limits.trailerBytes = size * 2
        limits.trailerCount = 2
        return limits
    }
}

/// A second, independent reading of a chunked body that is there as a whole.
struct StrictChunks {
    var data: [UInt8] = []
    var trailers: [StrictHead.Field] = []
    var length = 0

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while true {
            guard let line = Self.line(&rest), let size = Self.size(line) else { return nil }
            if size == 0 { break }
            guard rest.count >= 2, size <= rest.count - 2 else { return nil }
            data += rest.prefix(size)
            rest = rest.dropFirst(size)
            guard rest.starts(with: [13, 10]) else { return nil }
            rest = rest.dropFirst(2)
        }
        while true {
            guard let line = Self.line(&rest) else { return nil }
            if line.isEmpty { break }
            guard let field = StrictHead.Field(line) else { return nil }
            let frames = ["content-length", "transfer-encoding", "host"]
            guard !frames.contains(field.name.lowercased()), !isMimic(field.name) else { return nil }
            trailers.append(field)
        }
        length = bytes.count - rest.count
    }

    /// A line up to CRLF, without control bytes but tabs.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(where: { ($0 < 32 && $0 != 9) || $0 == 127 }), end + 1 < rest.endIndex,
            rest[end] == 13, rest[end + 1] == 10
        else { return nil }
        defer { rest = rest[(end + 2)...] }
        return rest[..<end]
    }

    /// 1 to 16 digits; then nothing, or a semicolon behind optional space.
    private static func size(_ line: ArraySlice<UInt8>) -> Int? {
        let digits = line.prefix {
            ("0"..."9").contains(Character(Unicode.Scalar($0))) || "abcdefABCDEF".utf8.contains($0)
        }
        guard (1...16).contains(digits.count), let size = Int(digits.latin1, radix: 16) else { return nil }
        let rest = line.dropFirst(digits.count)
        guard !rest.isEmpty else { return size }
        guard let mark = rest.first(where: { $0 != 32 && $0 != 9 }), mark == 59 else { return nil }
        return size
    }
}
