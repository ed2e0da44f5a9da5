// SPDX-License-Identifier: Apache-2.0

internal import CCrypto

/// Signs messages, and knows its own signatures again: HMAC-SHA-256 (RFC 2104, FIPS 180-4) by OpenSSL.
package struct MessageAuthenticator: Sendable {
    /// Bytes of a signature.
    package static let length = 32

    private let key: [UInt8]

    /// - Parameter key: Whoever knows it can sign. It should have at least 32 random bytes.
    package init(key: [UInt8]) {
        self.key = key
    }

    /// The signature of `message`, or `nil` where OpenSSL has none to give, as under a policy that forbids it.
    package func signature(of message: Span<UInt8>) -> [UInt8]? {
        var code = [UInt8](repeating: 0, count: Self.length)
        // An empty key is a valid one, but a null pointer is not.
        let key = key.isEmpty ? [0] : key
        let isMade = unsafe message.withUnsafeBufferPointer { message in
            unsafe curlew_hmac_sha256(key, Int32(key.count), message.baseAddress, message.count, &code)
        }
        return isMade == 1 ? code : nil
    }

    /// Whether `signature` is the one of `message`. Takes as long wherever it differs, so that nobody can guess it byte by
    /// byte.
    package func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        guard signature.count == Self.length, let expected = self.signature(of: message) else { return false }
        return unsafe signature.withUnsafeBufferPointer {
            unsafe curlew_equal($0.baseAddress, expected, Self.length) == 1
        }
    }
}
