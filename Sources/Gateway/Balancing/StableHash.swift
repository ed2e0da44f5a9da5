// SPDX-License-Identifier: Apache-2.0

/// A hash that is the same on every machine and after every restart, which Swift's own is not meant to be: XXH64 with
/// seed 0 (Collet, "xxHash fast digest algorithm", 0.1.1).
///
/// It keeps nobody from looking for values that meet in one place: whoever may choose the key of a consistent hash can
/// choose the backend, whatever the function.
package enum StableHash {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The hash of `bytes`.
    package static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var index = 0
        var hash = prime5
        if bytes.count >= 32 {
            var (one, two, three, four) = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
            while bytes.count - index >= 32 {
                one = round(one, word(bytes, index))
                two = round(two, word(bytes, index + 8))
                three = round(three, word(bytes, index + 16))
                four = round(four, word(bytes, index + 24))
                index += 32
            }
            hash = rotated(one, 1) &+ rotated(two, 7) &+ rotated(three, 12) &+ rotated(four, 18)
            for lane in [one, two, three, four] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        }
        hash &+= UInt64(bytes.count)
        while bytes.count - index >= 8 {
            hash = rotated(hash ^ round(0, word(bytes, index)), 27) &* prime1 &+ prime4
            index += 8
        }
        if bytes.count - index >= 4 {
            hash = rotated(hash ^ (halfWord(bytes, index) &* prime1), 23) &* prime2 &+ prime3
            index += 4
        }
        while index < bytes.count {
            hash = rotated(hash ^ (UInt64(bytes[index]) &* prime5), 11) &* prime1
            index += 1
        }
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    /// The hash of `text`'s UTF-8.
    package static func hash(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return hash(bytes.span)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotated(lane &+ input &* prime2, 31) &* prime1
    }

    private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
        word << bits | word >> (64 - bits)
    }

    /// 8 bytes, the first in the lowest place.
    private static func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt64 {
        halfWord(bytes, index) | halfWord(bytes, index + 4) << 32
    }

    /// 4 bytes, the first in the lowest place.
    private static func halfWord(_ bytes: Span<UInt8>, _ index: Int) -> UInt64 {
        let four = bytes.extracting(index..<index + 4)
        return UInt64(four[0]) | UInt64(four[1]) << 8 | UInt64(four[2]) << 16 | UInt64(four[3]) << 24
    }
}

extension BackendURL {
    /// What the backend is known by wherever the same configuration is read: in cookies and in consistent hashes. It does
    /// not change with the backend's place in the file.
    var identity: UInt64 {
        switch endpoint {
        case .tcp(let host, let port): StableHash.hash("\(scheme.rawValue)://\(host.lowercased()):\(port)")
        case .unix(let path): StableHash.hash("\(scheme.rawValue)+unix:\(path)")
        }
    }
}

extension BackendConfiguration {
    /// ``BackendURL/identity``; several with one URL differ by where they really are.
    var identity: UInt64 {
        guard let place = options.connectTo else { return url.identity }
        return url.identity ^ StableHash.hash("to \(place)")
    }

    /// The same as 16 hexadecimal digits: what stands for the backend in the paths of the admin API, since a URL does not fit
    /// there.
    package var id: String { StableHash.text(of: identity) }
}

extension StableHash {
    fileprivate static func text(of hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Backend {
    /// See ``BackendConfiguration/id``.
    var id: String { StableHash.text(of: identity) }
}
