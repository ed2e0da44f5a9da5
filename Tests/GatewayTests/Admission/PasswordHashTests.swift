// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Hashes of `secret` by each method that users have, cheap ones; made by Python's crypt and Apache's htpasswd.
enum Hashes {
    static let sha512 =
        "$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2SoepNXNKJ/otop/Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/"
    static let bcrypt = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
    static let htpasswd = "$2y$05$dUazlzhvegOQ1K9JolOZMOJixcNiMQg5WFdKEmoUBl7Oq7APAWACW"
    static let yescrypt = "$y$j75$abcdefgh$uMUXG79B2cFpoAYyDccUnsaH/aGTyBYMlnQidzyag01"
    /// Of `slow`; takes a quarter of a second.
    static let slow = "$2y$12$abcdefghijklmnopqrstuuvhqlfa3SToYAWnpQD0wYcoxAD7y2cEy"
    static let legacy = "$1$saltsalt$4px9i58NU2Z2/vZOUlGjq."
}

@Suite struct PasswordHashTests {
    @Test(arguments: [Hashes.sha512, Hashes.bcrypt, Hashes.htpasswd, Hashes.yescrypt])
    func oneHashIsOfOnePassword(hash: String) {
        #expect(HashSyntax.problem(with: hash) == nil)
        #expect(PasswordHash.matches(Array("secret".utf8), hash))
        for wrong in ["", "Secret", "secre", "secrets", "secret\0", "secret\0x"] {
            #expect(!PasswordHash.matches(Array(wrong.utf8), hash), "\(wrong)")
        }
    }

    /// A hash that is cut, or a mere setting, must not match because its beginning does.
    @Test func whatIsCutMatchesNothing() {
        for count in 0..<Hashes.sha512.utf8.count {
            #expect(!PasswordHash.matches(Array("secret".utf8), String(Hashes.sha512.prefix(count))))
        }
        #expect(!PasswordHash.matches(Array("secret".utf8), Hashes.sha512 + "x"))
    }
}
