// SPDX-License-Identifier: Apache-2.0

/// Version 2: a signature of 12 bytes, version and command, family and protocol, the length of the rest; then two
/// addresses with their ports, and extensions (section 2.2).
extension ProxyHeader {
    private static let fixedLength = 16

    static func parseVersion2(_ bytes: Span<UInt8>) -> Outcome {
        guard agrees(bytes, with: signature2) else { return .invalid(.noHeader) }
        // What is known to be wrong is rejected as soon as it is there, not when the rest has come.
        guard bytes.count > 12 else { return .needMore }
        guard bytes[12] == 0x20 || bytes[12] == 0x21 else { return .invalid(.badCommand) }
        let isLocal = bytes[12] == 0x20
        guard bytes.count > 13 else { return .needMore }
        let (family, transport) = (bytes[13] >> 4, bytes[13] & 0xF)
        // The receiver of LOCAL "must discard the protocol block including the family which is ignored".
        guard isLocal || (family <= 3 && transport <= 2) else { return .invalid(.badFamily) }
        guard bytes.count >= fixedLength else { return .needMore }
        let length = fixedLength + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard length <= maximumLength else { return .invalid(.tooLong) }
        let addresses = isLocal || family == 0 ? 0 : addressLength(family)
        guard length >= fixedLength + addresses else { return .invalid(.tooShort) }
        guard bytes.count >= length else { return .needMore }
        // Without a family nobody knows where the extensions begin.
        if isLocal || family == 0 { return .complete(length: length, source: .proxy) }
        let header = bytes.extracting(first: length)
        if let error = checkExtensions(of: header, from: fixedLength + addresses) { return .invalid(error) }
        return .complete(length: length, source: source(header, family: family, transport: transport))
    }

    /// Bytes of two addresses and two ports; a Unix socket has a path of 108 bytes and no port.
    private static func addressLength(_ family: UInt8) -> Int {
        switch family {
        case 1: 12
        case 2: 36
        default: 216
        }
    }

    private static func source(_ header: Span<UInt8>, family: UInt8, transport: UInt8) -> Source {
        // 0 is a protocol that the sender does not name, whose addresses mean nothing. 2, datagrams, is what a proxy says
        // that was spoken to in QUIC.
        guard transport != 0 else { return .proxy }
        switch family {
        case 1: return .client(IPAddress(ipv4: UInt32(truncatingIfNeeded: number(header, 16..<20))))
        case 2: return .client(IPAddress(high: number(header, 16..<24), low: number(header, 24..<32)))
        default: return .proxy
        }
    }

    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var value: UInt64 = 0
        for index in range { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    /// Walks the extensions, of which each is a type, a length and a value, and which must fill the header to its last
    /// byte. All are skipped but the checksum (`PP2_TYPE_CRC32C`), which must be right where there is one.
    private static func checkExtensions(of header: Span<UInt8>, from start: Int) -> ProxyHeaderError? {
        var index = start
        var hasChecksum = false
        while index < header.count {
            guard index + 3 <= header.count else { return .badExtension }
            let value = index + 3
            let end = value + Int(number(header, index + 1..<value))
            guard end <= header.count else { return .badExtension }
            if header[index] == 0x03 {
                guard !hasChecksum, end - value == 4 else { return .badExtension }
                hasChecksum = true
                // It is made with its own four bytes at zero (section 2.2.3).
                let found = CRC32C.of(header, withZerosAt: value..<end)
                guard UInt64(found) == number(header, value..<end) else { return .badChecksum }
            }
            index = end
        }
        return nil
    }
}

/// The cyclic redundancy check of RFC 3720 §12.1 (Castagnoli).
enum CRC32C {
    /// A header has a few dozen bytes and comes once for a connection, so there is no table.
    static func of(_ bytes: Span<UInt8>, withZerosAt zeros: Range<Int>) -> UInt32 {
        var crc = UInt32.max
        for index in bytes.indices {
            crc ^= zeros.contains(index) ? 0 : UInt32(bytes[index])
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78 }
        }
        return ~crc
    }
}
