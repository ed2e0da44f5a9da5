// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A second, independent reading of a PROXY protocol header that is there as a whole, against which the gateway's own is
/// checked. It has the system read addresses, and text as strings; anything out of the ordinary makes it `nil`.
struct StrictProxyHeader {
    /// Bytes of the header.
    var length: Int
    /// The client's address, an IPv4 one as it looks in IPv6; `nil` where the header names none.
    var client: [UInt8]?

    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: Self.signature) { self.init(binary: bytes) } else { self.init(line: bytes) }
    }

    // MARK: Version 1

    private init?(line bytes: [UInt8]) {
        let line = bytes.prefix { $0 != 13 }
        guard line.count <= 105, bytes.dropFirst(line.count).starts(with: [13, 10]) else { return nil }
        length = line.count + 2
        let words = line.latin1.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, words[0] == "PROXY" else { return nil }
        if words[1] == "UNKNOWN" { return }
        guard words.count == 6, words[4...5].allSatisfy({ UInt16($0).map(String.init) == $0 }) else { return nil }
        let family =
            switch words[1] {
            case "TCP4": AF_INET
            case "TCP6": AF_INET6
            default: AF_UNSPEC
            }
        guard let source = Self.read(words[2], family), Self.read(words[3], family) != nil else { return nil }
        client = source
    }

    private static func read(_ text: String, _ family: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard !text.contains("\0"), inet_pton(family, text, &bytes) == 1 else { return nil }
        return family == AF_INET ? mapped(bytes.prefix(4)) : bytes
    }

    private static func mapped(_ address: some Sequence<UInt8>) -> [UInt8] {
        [UInt8](repeating: 0, count: 10) + [255, 255] + address
    }

    // MARK: Version 2

    private static let signature = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    private init?(binary bytes: [UInt8]) {
        guard bytes.count >= 16 else { return nil }
        let rest = Int(bytes[14]) * 256 + Int(bytes[15])
        length = 16 + rest
        guard length <= min(bytes.count, 4096) else { return nil }
        let content = bytes[16..<length]
        switch (bytes[12], bytes[13]) {
        case (0x20, _), (0x21, 0x00...0x02): return
        case (0x21, 0x10...0x12) where Self.isWhole(bytes, length, from: 28):
            if bytes[13] != 0x10 { client = Self.mapped(content.prefix(4)) }
        case (0x21, 0x20...0x22) where Self.isWhole(bytes, length, from: 52):
            if bytes[13] != 0x20 { client = Array(content.prefix(16)) }
        case (0x21, 0x30...0x32) where Self.isWhole(bytes, length, from: 232): return
        default: return nil
        }
    }

    /// Whether extensions fill the header from `start` on, and what they say of its checksum is so.
    private static func isWhole(_ bytes: [UInt8], _ length: Int, from start: Int) -> Bool {
        guard start <= length else { return false }
        var rest = bytes[start..<length]
        var checksums: [Range<Int>] = []
        while !rest.isEmpty {
            guard rest.count >= 3 else { return false }
            let type = rest.removeFirst()
            let size = Int(rest.removeFirst()) * 256 + Int(rest.removeFirst())
            guard size <= rest.count else { return false }
            if type == 3 { checksums.append(rest.startIndex..<rest.startIndex + size) }
            rest = rest.dropFirst(size)
        }
        guard let checksum = checksums.first else { return true }
        guard checksums.count == 1, checksum.count == 4 else { return false }
        var header = Array(bytes[..<length])
        header.replaceSubrange(checksum, with: [0, 0, 0, 0])
        return castagnoli(of: header).elementsEqual(bytes[checksum])
    }

    /// The checksum of RFC 3720, by long division; the most significant byte first.
    static func castagnoli(of bytes: [UInt8]) -> [UInt8] {
        var crc = UInt32.max
        for byte in bytes {
            for bit in 0..<8 {
                let isOdd = (crc ^ UInt32(byte >> UInt8(bit))) & 1 == 1
                crc = isOdd ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1
            }
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> UInt32(24 - 8 * $0)) }
    }
}
