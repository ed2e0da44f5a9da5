// SPDX-License-Identifier: Apache-2.0

/// What a hash of a password must look like, as crypt(5) of libxcrypt has it, and what it may cost.
///
/// Strict, because libcrypt is not: it takes what is cut off, or has something behind its end, for a setting with another hash,
/// and then nobody's password is ever right. And bounded, because whoever asks decides how often it is made, and the
/// threads that hash are few. The bounds are what takes about a second on one core (bcrypt: 0.8 s; SHA-512 with a
/// million rounds: 0.3 s, and 2.4 s for the longest password that is taken).
package enum HashSyntax {
    /// log₂ of the rounds of bcrypt, which libcrypt takes from 4 to 31. `htpasswd -B` uses 5, most other tools 10 or 12.
    static let bcryptCosts = 4...14
    /// Rounds of SHA-256-crypt and SHA-512-crypt. Without any there are 5000; Python's passlib uses up to 656,000.
    static let shaRounds = 1000...1_000_000
    /// Memory of yescrypt and scrypt. `mkpasswd` has them use 16 and 64 MiB.
    static let memory = 128 << 20
    /// How often scrypt goes through its memory.
    static let scryptLanes = 4

    /// Why `hash` cannot be used: a clause that follows "the hash" or stands alone, and holds nothing of it but its parameters;
    /// `nil` if it can.
    package static func problem(with hash: String) -> String? {
        var rest = Substring(hash)
        func takes(_ prefix: String) -> Bool {
            guard rest.hasPrefix(prefix) else { return false }
            rest = rest.dropFirst(prefix.count)
            return true
        }
        if takes("$2a$") || takes("$2b$") || takes("$2y$") { return bcrypt(rest) }
        if takes("$5$") { return sha(rest, "SHA-256", length: 43, lastBits: 4) }
        if takes("$6$") { return sha(rest, "SHA-512", length: 86, lastBits: 2) }
        if takes("$y$") || takes("$gy$") { return yescrypt(rest) }
        if takes("$7$") { return scrypt(rest) }
        if takes("$apr1$") || takes("$1$") || takes("{SHA}") || takes("$sha1$") {
            return "this hash is of an old kind (MD5 or SHA-1), which is quickly guessed"
        }
        if takes("$2x$") || takes("$2$") { return "this hash is of a faulty kind of bcrypt, which is quickly guessed" }
        return "this is not the hash of a password"
    }

    /// Two digits, 16 bytes of salt and 23 of the hash.
    private static func bcrypt(_ text: Substring) -> String? {
        guard text.utf8.count > 2, text.prefix(2).utf8.allSatisfy(isDigit), text.dropFirst(2).first == "$",
            let cost = Int(text.prefix(2))
        else { return "a bcrypt hash has two digits of cost behind its method, such as $2y$10$" }
        guard bcryptCosts.contains(cost) else {
            return "the cost of this bcrypt hash is \(cost), and it may be \(bcryptCosts.lowerBound) to "
                + "\(bcryptCosts.upperBound), which takes a second"
        }
        let code = text.dropFirst(3)
        if let problem = length(of: code, 53, "a bcrypt hash", behind: "its cost") { return problem }
        // Its alphabet is another one, but has the same characters.
        guard code.utf8.allSatisfy({ value(of: $0) != nil }) else { return foreign("a bcrypt hash") }
        // 128 bits of salt in 22 characters, 184 bits in 31; the bits that are left over are 0.
        let salt = code.utf8.dropFirst(21).first.map { ".Oeu".utf8.contains($0) } ?? false
        let hash = code.utf8.last.map { ".CGKOSWaeimquy26".utf8.contains($0) } ?? false
        return salt && hash ? nil : "this bcrypt hash has been changed: no password has it"
    }

    private static func sha(_ text: Substring, _ method: String, length: Int, lastBits: Int) -> String? {
        let name = "a \(method)-crypt hash"
        var parts = text.split(separator: "$", omittingEmptySubsequences: false)
        if let rounds = parts.first, rounds.hasPrefix("rounds="), parts.count > 1 {
            let digits = rounds.dropFirst("rounds=".count)
            guard !digits.isEmpty, digits.utf8.allSatisfy(isDigit), !digits.hasPrefix("0") else {
                return "the rounds of this \(method)-crypt hash are not a number"
            }
            guard let count = Int(digits), shaRounds.contains(count) else {
                return "this \(method)-crypt hash has \(digits.prefix(20)) rounds, and there may be "
                    + "\(shaRounds.lowerBound) to \(shaRounds.upperBound), which takes a second"
            }
            parts.removeFirst()
        }
        guard parts.count == 2 else { return shape(parts.count, name, "its salt") }
        guard parts[0].utf8.count <= 16,
            parts[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"!*:;\\".utf8.contains($0) })
        else { return "the salt of \(name) is at most 16 letters, digits, dots and slashes" }
        return code(parts[1], length, lastBits: lastBits, name)
    }

    /// What has been found of a part in base 64, with a given number of bits in the last character.
    private static func code(_ text: Substring, _ count: Int, lastBits: Int, _ name: String) -> String? {
        if let problem = length(of: text, count, name, behind: "its salt") { return problem }
        guard text.utf8.allSatisfy({ value(of: $0) != nil }) else { return foreign(name) }
        let last = text.utf8.last.flatMap(value) ?? 0
        return last < 1 << lastBits ? nil : "this hash has been changed: no password has it"
    }

    private static func yescrypt(_ text: Substring) -> String? {
        let name = "a yescrypt hash"
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return shape(parts.count - 1, name, "its parameters and salt") }
        guard parts[0].utf8.allSatisfy({ value(of: $0) != nil }) else { return foreign(name) }
        var reader = Parameters(bytes: Array(parts[0].utf8)[...])
        // The flavour, and the only one that anything writes (YESCRYPT_DEFAULTS). libcrypt knows few others.
        guard reader.bytes.popFirst() == UInt8(ascii: "j"), let exponent = reader.next(from: 1),
            let blocks = reader.next(from: 1), reader.bytes.isEmpty, exponent > 1
        else { return "the parameters of a yescrypt hash are three, such as j9T" }
        if let problem = memory(exponent: exponent, blocks: blocks, lanes: 1) { return problem }
        let salt = parts[1].utf8
        guard salt.count <= 86, salt.allSatisfy({ value(of: $0) != nil }), isWhole(salt) else {
            return "the salt of \(name) is up to 86 characters that come to whole bytes"
        }
        return code(parts[2], 43, lastBits: 4, name)
    }

    private static func scrypt(_ text: Substring) -> String? {
        let name = "a scrypt hash"
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return shape(parts.count, name, "its salt") }
        let setting = parts[0].utf8
        guard (11...97).contains(setting.count), setting.allSatisfy({ value(of: $0) != nil }),
            let exponent = setting.first.flatMap(value)
        else { return "the parameters of a scrypt hash are eleven characters, and its salt up to 86" }
        func number(_ range: Range<Int>) -> UInt64 {
            setting.dropFirst(range.lowerBound).prefix(range.count).enumerated()
                .reduce(0) { $0 | (value(of: $1.element) ?? 0) << (6 * UInt64($1.offset)) }
        }
        let (blocks, lanes) = (number(1..<6), number(6..<11))
        guard exponent > 0, blocks > 0, lanes > 0 else { return "a parameter of this scrypt hash is 0" }
        return memory(exponent: exponent, blocks: blocks, lanes: lanes) ?? code(parts[1], 43, lastBits: 4, name)
    }

    /// 128 bytes × blocks × 2 to the exponent.
    private static func memory(exponent: UInt64, blocks: UInt64, lanes: UInt64) -> String? {
        let limit = UInt64(memory) >> 7
        guard exponent < 32, blocks <= limit, blocks << exponent <= limit else {
            return
                "this hash takes more than \(memory >> 20) MiB of memory, and that much at most is lent to one password"
        }
        return lanes <= UInt64(scryptLanes) ? nil : "this hash takes \(lanes) turns, and there may be \(scryptLanes)"
    }

    // MARK: What is said

    private static func length(of text: Substring, _ count: Int, _ name: String, behind part: String) -> String? {
        let found = text.utf8.count
        guard found != count else { return nil }
        let reason = found < count ? "it is cut off" : "there is something behind it"
        return "\(name) has \(count) characters behind \(part), and this one has \(found): \(reason)"
    }

    private static func shape(_ parts: Int, _ name: String, _ part: String) -> String {
        parts < 2
            ? "behind \(part) another $ and the hash itself are missing: it is cut off"
            : "there is one $ too many for \(name)"
    }

    private static func foreign(_ name: String) -> String {
        "there is a character in this hash that is in no hash: \(name) is letters, digits, dots and slashes"
    }

    // MARK: Base 64 as crypt(5) has it

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Of `./0-9A-Za-z` in this order.
    private static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            UInt64(byte - UInt8(ascii: "."))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(byte - UInt8(ascii: "A") + 12)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(byte - UInt8(ascii: "a") + 38)
        default: nil
        }
    }

    /// Whether the characters, the lowest bits first, make whole bytes, with nothing in the bits that are left over.
    private static func isWhole(_ text: Substring.UTF8View) -> Bool {
        let last = text.last.flatMap(value) ?? 0
        return switch text.count % 4 {
        case 0: true
        case 2: last < 4
        case 3: last < 16
        default: false
        }
    }

    /// Numbers that take more characters the larger they are, as yescrypt writes them: the first character says how many.
    private struct Parameters {
        var bytes: ArraySlice<UInt8>

        /// The next number, where 0 stands for `minimum`.
        mutating func next(from minimum: UInt64) -> UInt64? {
            guard let first = bytes.popFirst().flatMap(HashSyntax.value) else { return nil }
            var (start, end, number): (UInt64, UInt64, UInt64) = (0, 47, minimum)
            var more: UInt64 = 0
            while first > end {
                number += (end + 1 - start) << (6 * more)
                (start, end) = (end + 1, end + 1 + (62 - end) / 2)
                more += 1
            }
            number += (first - start) << (6 * more)
            while more > 0 {
                guard let digit = bytes.popFirst().flatMap(HashSyntax.value) else { return nil }
                more -= 1
                number += digit << (6 * more)
            }
            return number
        }
    }
}
