// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Hashes that can be checked, and what is told of those that cannot. Made by libcrypt, of `secret`.
@Suite struct HashSyntaxTests {
    private static let good = [
        Hashes.bcrypt, Hashes.htpasswd, Hashes.sha512, Hashes.yescrypt, Hashes.slow,
        "$6$salt$egUxKNxDs8kPfh8iPMNcosMhb2eWah6d3R44JDm5Rj/j/XWR5E33QPd0YmHXoDHOIDR6kL5D3JcQcz0O8FHE00",
        "$5$salt$kpa26zwgX83BPSR8d7w93OIXbFt/d3UOTZaAu5vsTM6",
        "$6$$2M9DchxW4txWyTYoZrH9D3VvAAQxBpEezYsLY6Cao.jwzEXpyL9xwip9hiUZX7GqTqe/E/z6iKvZqXUuqniQH.",
        "$5$rounds=1000000$a$x2YUpSP.5ao90uSra/w98xjLA0bvtC9zUsvyuAMlX1.",
        "$7$4/..../....$AJprKJ2gsTargGMOPUxC46K43vlvYu4UB24e6Yb7Ga6",
        "$7$7U....1....ab$gv6cXB0cudO0ivtoXAEyaZ.8kdAHoVmoytzUNvvPha8",
        "$gy$j75$abcdefgh$lRD8hCfuUnaykqHEd24aR4OED0E.hiL5k0lM9Kg0qT5",
        "$y$j9T$$kqN0Js9nF7eERE.51024UC4tcxd3UwTViEvi9nw9G41",
        "$y$jCT$abcdefgh$NzR47oRXLLTnP8FdcJq2NBFYcG/wVSO1XMnxQhJ1um8",
    ]

    @Test func whatLibcryptMakesIsTaken() {
        for hash in Self.good { #expect(HashSyntax.problem(with: hash) == nil, "\(hash)") }
    }

    /// libcrypt would take each of them for a setting, and no password would ever be right.
    @Test func whatIsCutOffOrGoesOnIsNot() {
        for hash in Self.good {
            for count in 0..<hash.utf8.count {
                #expect(HashSyntax.problem(with: String(hash.prefix(count))) != nil, "\(hash.prefix(count))")
            }
            for more in ["x", "$", ".", " ", "\n", "\0", "é"] { #expect(HashSyntax.problem(with: hash + more) != nil) }
        }
    }

    /// The bits behind the last byte are 0 in whatever libcrypt makes.
    @Test func oneWhoseLastCharacterCannotBeIsNot() {
        for hash in Self.good { #expect(HashSyntax.problem(with: hash.dropLast() + "z") != nil, "\(hash)") }
        #expect(HashSyntax.problem(with: Hashes.bcrypt.replacingOccurrences(of: "uu2r9", with: "uv2r9")) != nil)
    }

    @Test(arguments: [
        ("$2y$15$", "cost of this bcrypt hash is 15, and it may be 4 to 14"), ("$2y$31$", "is 31"),
        ("$2b$03$", "is 3,"),
        ("$2b$99$", "is 99"), ("$2b$1$", "two digits"), ("$2b$+5$", "two digits"), ("$2x$05$", "faulty kind of bcrypt"),
    ])
    func bcryptHasItsBounds(beginning: String, words: String) throws {
        let problem = HashSyntax.problem(with: beginning + Hashes.bcrypt.dropFirst(7))
        #expect(try #require(problem).contains(words))
        #expect(!(try #require(problem)).contains(Hashes.bcrypt.suffix(10)))
    }

    @Test(arguments: [
        ("rounds=1000001", "1000 to 1000000"), ("rounds=999999999", "999999999 rounds"), ("rounds=999", "999 rounds"),
        ("rounds=0", "not a number"), ("rounds=01000", "not a number"), ("rounds=", "not a number"),
        ("rounds=1e4", "not a number"), ("rounds=99999999999999999999", "99999999999999999999 rounds"),
    ])
    func soHasSHA(rounds: String, words: String) throws {
        for method in ["$5$", "$6$"] {
            let length = method == "$5$" ? 43 : 86
            let problem = HashSyntax.problem(with: "\(method)\(rounds)$salt$" + String(repeating: ".", count: length))
            #expect(try #require(problem).contains(words), "\(method)\(rounds)")
        }
    }

    @Test(arguments: [
        "$y$jDT$abcdefgh$8fiRol1XCTKJAjygy2QiDobHTd7clf7DqXKauLe6PK8",
        "$y$jFT$abcdefgh$8fiRol1XCTKJAjygy2QiDobHTd7clf7DqXKauLe6PK8",
        "$7$GU..../....$AJprKJ2gsTargGMOPUxC46K43vlvYu4UB24e6Yb7Ga6",
        "$7$zzzzzz/....$AJprKJ2gsTargGMOPUxC46K43vlvYu4UB24e6Yb7Ga6",
    ])
    func soHasMemory(hash: String) throws {
        #expect(try #require(HashSyntax.problem(with: hash)).contains("more than 128 MiB of memory"))
    }

    @Test(arguments: [
        ("", "not the hash"), ("secret", "not the hash"), ("*", "not the hash"), ("$9$x$y", "not the hash"),
        ("ab0123456789A", "not the hash"), (Hashes.legacy, "old kind"), ("$apr1$abc$abc", "old kind"),
        ("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "old kind"), ("$6$salt", "cut off"), ("$6$a b$c", "salt"),
        ("$6$seventeencharacte$c", "salt"), ("$6$a:b$c", "salt"), ("$6$a$b$c", "too many"),
        ("$5$salt$short", "has 43 characters behind its salt, and this one has 5: it is cut off"),
        ("$y$j9T$x", "cut off"), ("$y$j9T$x$...........................................", "whole bytes"),
        ("$y$j.5$$...........................................", "are three"),
        ("$y$K75$$...........................................", "are three"),
        ("$y$j9T/$$...........................................", "are three"),
        ("$7$7U....9....ab$gv6cXB0cudO0ivtoXAEyaZ.8kdAHoVmoytzUNvvPha8", "turns"),
    ])
    func whatIsWrongIsSaid(hash: String, words: String) throws {
        #expect(try #require(HashSyntax.problem(with: hash)).contains(words))
    }
}
