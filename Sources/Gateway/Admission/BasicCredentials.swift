// SPDX-License-Identifier: Apache-2.0

/// The name and password of an Authorization field (RFC 7617 §2).
struct BasicCredentials: Sendable {
    /// UTF-8, as the challenge asks for it.
    let user: String
    private(set) var password: [UInt8]

    /// Reads the value of an Authorization field.
    ///
    /// - Returns: `nil` if it is of another scheme, no base64, has no colon, a control character (which RFC 7617 §2 forbids), a
    ///   user that is not UTF-8, or a password longer than any method takes.
    init?(_ value: Span<UInt8>) {
        guard let start = BasicCredentials.startOfToken(value),
            let bytes = BasicCredentials.decoded(value.extracting(start..<value.count)),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: bytes[..<colon], as: UTF8.self)
        else { return nil }
        self.user = user
        password = Array(bytes[(colon + 1)...])
        guard password.count <= PasswordHash.maximumPassword else { return nil }
    }

    /// Overwrites the password.
    mutating func forget() {
        for index in password.indices { password[index] = 0 }
    }

    /// Where the credentials begin behind `Basic` and spaces (RFC 9110 §11.4); `nil` for any other scheme.
    private static func startOfToken(_ value: Span<UInt8>) -> Int? {
        guard value.count > 6, ASCII.equals(value, 0..<5, ignoringCase: Array("basic".utf8)), value[5] == ASCII.space
        else { return nil }
        var index = 6
        while index < value.count, value[index] == ASCII.space { index += 1 }
        return index
    }

    /// Base64 (RFC 4648 §4), its padding left out or not.
    private static func decoded(_ text: Span<UInt8>) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end > 0, end % 4 != 1, end == text.count || text.count % 4 == 0, end <= 2048 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end * 3 / 4)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for index in 0..<end {
            guard let digit = digit(text[index]) else { return nil }
            bits = bits << 6 | digit
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
                bits &= (1 << held) - 1
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 97 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 48 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
