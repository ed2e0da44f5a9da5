// SPDX-License-Identifier: Apache-2.0

import Signing
import Testing

@Suite struct MessageAuthenticatorTests {
    /// RFC 4231, §4.2, §4.3, §4.4 and §4.7: key, message, signature.
    static let vectors: [(key: [UInt8], message: [UInt8], signature: String)] = [
        (
            Array(repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            Array(repeating: 0xAA, count: 20), Array(repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test(arguments: vectors)
    func signsAsTheStandardSays(key: [UInt8], message: [UInt8], signature: String) throws {
        let authenticator = MessageAuthenticator(key: key)
        let made = try #require(sign(message, authenticator))
        #expect(made.map(Self.hex).joined() == signature)
        #expect(accepts(made, message, authenticator))
    }

    @Test func knowsNoSignatureWithAnyBitChanged() throws {
        let authenticator = MessageAuthenticator(key: [1, 2, 3])
        let message = Array("curlew".utf8)
        let signature = try #require(sign(message, authenticator))
        for bit in 0..<(8 * signature.count) {
            var forged = signature
            forged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!accepts(forged, message, authenticator))
        }
        let short = Array(signature.dropLast())
        #expect(!accepts(short, message, authenticator))
        #expect(!accepts([], message, authenticator))
    }

    @Test func emptyKeysAndMessagesAreSignedToo() throws {
        let authenticator = MessageAuthenticator(key: [])
        let signature = try #require(sign([], authenticator))
        #expect(signature.map(Self.hex).joined() == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    private func sign(_ message: [UInt8], _ authenticator: MessageAuthenticator) -> [UInt8]? {
        authenticator.signature(of: message.span)
    }

    private func accepts(_ signature: [UInt8], _ message: [UInt8], _ authenticator: MessageAuthenticator) -> Bool {
        authenticator.isSignature(signature.span, of: message.span)
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
