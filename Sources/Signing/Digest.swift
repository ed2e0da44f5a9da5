// SPDX-License-Identifier: Apache-2.0

internal import CCrypto

/// SHA-256 (FIPS 180-4) by OpenSSL.
package enum Digest {
    /// The hash of `message` in lower-case hexadecimal, 64 digits; `nil` where OpenSSL has none to give, as under a policy that
    /// forbids it.
    package static func hex(of message: Span<UInt8>) -> [UInt8]? {
        bytes(of: message).map { hex($0) }
    }

    /// The hash of `message`, 32 bytes; `nil` as above.
    package static func bytes(of message: Span<UInt8>) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        let isMade = unsafe message.withUnsafeBufferPointer { message in
            unsafe curlew_sha256(message.baseAddress, message.count, &digest)
        }
        return isMade == 1 ? digest : nil
    }

    /// Two lower-case digits for each byte.
    static func hex(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
