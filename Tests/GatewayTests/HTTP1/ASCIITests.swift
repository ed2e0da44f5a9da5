// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct ASCIITests {
    @Test func classesAreThoseOfTheGrammar() {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let digits = "0123456789"
        let token = Set((letters + digits + "!#$%&'*+-.^_`|~").utf8)
        let host = Set((letters + digits + "-._~").utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(ASCII.isToken(byte) == token.contains(byte), "\(byte)")
            #expect(ASCII.isHostName(byte) == host.contains(byte), "\(byte)")
            #expect(ASCII.isTarget(byte) == (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")), "\(byte)")
            #expect(ASCII.isFieldValue(byte) == (byte == 9 || (byte >= 0x20 && byte != 0x7F)), "\(byte)")
            #expect(ASCII.isSpace(byte) == (byte == 9 || byte == 32), "\(byte)")
            #expect(ASCII.isDigit(byte) == digits.utf8.contains(byte), "\(byte)")
            #expect(ASCII.hexValue(byte).map(Int.init) == Character(Unicode.Scalar(byte)).hexDigitValue, "\(byte)")
            let isCapital = byte >= 0x41 && byte <= 0x5A
            #expect(ASCII.lowercased(byte) == (isCapital ? byte + 32 : byte), "\(byte)")
        }
    }

    /// The scan by words of 8 bytes must agree with the class of each byte, wherever in the word it stands.
    @Test func theEndOfAFieldValueIsItsFirstForbiddenByte() {
        for byte in UInt8.min...UInt8.max {
            for position in 0..<20 {
                for start in [0, 1, 5] where start <= position {
                    for filler: UInt8 in [0x20, 0x7E, 0x80, 0xFF, 0x09] {
                        var bytes = [UInt8](repeating: filler, count: 20)
                        bytes[position] = byte
                        let expected = ASCII.isFieldValue(byte) ? bytes.count : position
                        let end = ASCII.endOfFieldValue(bytes.span, from: start)
                        guard end != expected else { continue }
                        Issue.record("byte \(byte) at \(position) among \(filler): \(end), not \(expected)")
                    }
                }
            }
        }
    }

    @Test func theEndOfATokenIsItsFirstOtherByte() {
        for byte in UInt8.min...UInt8.max {
            for position in 0..<20 {
                for start in [0, 1, 5] where start <= position {
                    for filler in Array("aAzZ-09~".utf8) {
                        var bytes = [UInt8](repeating: filler, count: 20)
                        bytes[position] = byte
                        let expected = ASCII.isToken(byte) ? bytes.count : position
                        let end = ASCII.endOfToken(bytes.span, from: start)
                        guard end != expected else { continue }
                        Issue.record("byte \(byte) at \(position) among \(filler): \(end), not \(expected)")
                    }
                }
            }
        }
    }

    @Test(arguments: 1...25) func aNameIsSpelledInAnyCaseAndNoOtherWay(length: Int) {
        let name = Array("x-forwarded-2-something-of".utf8.prefix(length))
        func spells(_ token: [UInt8]) -> Bool { ASCII.spells(token.span, name.span) }
        #expect(spells(name))
        #expect(spells(Array(String(decoding: name, as: UTF8.self).uppercased().utf8)))
        #expect(!spells(name.dropLast()))
        for position in 0..<length {
            for byte in UInt8.min...UInt8.max where ASCII.isToken(byte) {
                var token = name
                token[position] = byte
                let isSame = ASCII.lowercased(byte) == name[position]
                guard spells(token) != isSame else { continue }
                Issue.record("\(byte) at \(position) of \(length): \(isSame ? "not the same" : "the same")")
            }
        }
    }

    @Test func numbersAreReadStrictly() {
        func decimal(_ text: String) -> UInt64? {
            let bytes = Array(text.utf8)
            return ASCII.decimal(bytes.span, 0..<bytes.count)
        }
        #expect(decimal("0") == 0)
        #expect(decimal("0042") == 42)
        #expect(decimal("9223372036854775807") == 9_223_372_036_854_775_807)
        for text in [
            "", "9223372036854775808", "9999999999999999999", "00000000000000000001", "1a", "-1", "+1", " 1", "1 ",
        ] {
            #expect(decimal(text) == nil, "\(text)")
        }
    }

    @Test func numbersAreWritten() {
        var values: [UInt64] = [0, .max, 9, 10]
        for shift in 0..<64 { values += [1 << shift, (1 << shift) - 1] }
        for value in values {
            let decimal = [UInt8](capacity: 20) { ASCII.appendDecimal(value, to: &$0) }
            let hex = [UInt8](capacity: 16) { ASCII.appendHex(value, to: &$0) }
            #expect(decimal.latin1 == String(value))
            #expect(hex.latin1 == String(value, radix: 16))
        }
    }

    @Test func everyKnownHeaderIsFoundByItsNameInAnyCase() {
        func find(_ text: String) -> KnownHeader {
            let bytes = Array(text.utf8)
            return KnownHeaderTable.shared.find(bytes.span, 0..<bytes.count)
        }
        #expect(KnownHeader.allCases.count <= 64, "RequestHead keeps a bit for each")
        for header in KnownHeader.allCases where !header.name.isEmpty {
            #expect(find(header.name) == header)
            #expect(find(header.name.lowercased()) == header)
            #expect(find(header.name.uppercased()) == header)
            let unknown = header.name.hasPrefix(KnownHeader.familyPrefix) ? KnownHeader.xForwarded : .other
            #expect(find(header.name + "x") == unknown)
            #expect(find("x" + header.name) == .other)
            #expect(find(String(header.name.dropLast())) == unknown)
            for other in ["_", ".", "~"] where header.name.contains("-") {
                #expect(find(header.name.replacing("-", with: other)) == (header.isGuarded ? .mimic : .other))
            }
            #expect(find(header.name.replacing("-", with: "x")) == (header.name.contains("-") ? .other : header))
        }
        #expect(find("") == .other)
        #expect(find(String(repeating: "a", count: 1000)) == .other)
        // The names of `other`, `mimic` and `xForwarded` are empty.
        #expect(Set(KnownHeader.allCases.map(\.name)).count == KnownHeader.allCases.count - 2)
    }

    @Test(arguments: [
        ("X-Forwarded-Ssl", KnownHeader.xForwarded), ("x-forwarded-", .xForwarded), ("X-FORWARDED-a_b", .xForwarded),
        ("X-Forwarded-Something-That-Is-Longer-Than-Any-Known-Name", .xForwarded), ("X-Forwarded-For-", .xForwarded),
        ("X_Forwarded_Ssl", .mimic), ("x-forwarded_user", .mimic), ("X.Forwarded-By", .mimic), ("X_Forwarded_", .mimic),
        ("X_Forwarded_Something_That_Is_Longer_Than_Any_Known_Name", .mimic),
        ("X-Forwarded", .other), ("X-Forward-Ssl", .other), ("XxForwarded-Ssl", .other), ("X-ForwardedxSsl", .other),
        ("Y-Forwarded-Ssl", .other), ("X-Forwarder-Ssl", .other), ("8-Forwarded-Ssl", .other),
    ])
    func theWholeFamilyOfXForwardedIsKnown(name: String, header: KnownHeader) {
        let bytes = Array("<\(name)>".utf8)
        #expect(KnownHeaderTable.shared.find(bytes.span, 1..<bytes.count - 1) == header)
    }

    /// One byte changed in a known name makes it unknown, unless only its case has changed.
    @Test func nothingElseIsTakenForAKnownHeader() {
        for header in KnownHeader.allCases where !header.name.isEmpty {
            let name = Array(header.name.utf8)
            for index in name.indices {
                for byte in UInt8.min...UInt8.max where ASCII.isToken(byte) {
                    var changed = name
                    changed[index] = byte
                    let isSame = ASCII.lowercased(byte) == ASCII.lowercased(name[index])
                    let found = KnownHeaderTable.shared.find(changed.span, 0..<changed.count)
                    guard (found == header) != isSame else { continue }
                    Issue.record("\(changed.latin1) is taken for \(found)")
                }
            }
        }
    }
}
