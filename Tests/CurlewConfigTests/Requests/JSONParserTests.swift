// SPDX-License-Identifier: Apache-2.0

import Testing
import Yams

@testable import CurlewConfig

@Suite struct JSONParserTests {
    private func text(_ json: String) throws -> String? {
        try JSONParser.parse(Array(json.utf8)).scalar?.string
    }

    @Test(arguments: [
        ("\"a b\"", "a b"), (" \t\r\n\"\" ", ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u00e9\u20AC\ud83d\ude00""#, "é€😀"), ("\"é😀\u{7f}\"", "é😀\u{7f}"), ("\"${HOME}\"", "${HOME}"),
        ("0", "0"), ("-0.5e+10", "-5000000000"), ("0.5e-3", "0.5e-3"), ("120", "120"), ("3.0", "3"), ("1e1", "10"),
        ("-0.5E1", "-5"), ("2.5e1", "25"), ("3.5", "3.5"),
        ("1e400", "1e400"), ("9007199254740993.0", "9007199254740993.0"), ("true", "true"), ("null", "null"),
    ])
    func valuesAreWhatTheySay(json: String, text: String) throws {
        #expect(try self.text(json) == text)
    }

    @Test func objectsAndListsKeepTheirOrderAndRepeatedNames() throws {
        let node = try JSONParser.parse(Array(#"{"b" : [1, {"x":[]}, {}],"a"\#n:\#n2, "b":3}"#.utf8))
        #expect(node.mapping?.map { $0.key.scalar?.string } == ["b", "a", "b"])
        #expect(node.mapping?.first?.value.sequence?.count == 3)
    }

    @Test func numbersAndTextsAreToldApart() throws {
        #expect(try JSONParser.parse(Array("1".utf8)).scalar?.style == .plain)
        #expect(try JSONParser.parse(Array("\"1\"".utf8)).scalar?.style == .singleQuoted)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{'a':1}",
        "\"a", "'a'", "a", "01", "1.", ".5", "+1", "1e", "-", "0x1", "NaN", "Infinity", "True", "nul", "1 2",
        "\"a\nb\"",
        "\"\t\"", #""\x41""#, #""\u12""#, #""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\u00g0""#,
        "url: http://h", "- 1", "# nothing", "[1] # one", "{\"a\":1}{", "&a 1", "\"é", "١",
    ])
    func nothingElseIsJSON(json: String) {
        #expect(throws: JSONParser.SyntaxError.self) { try JSONParser.parse(Array(json.utf8)) }
    }

    @Test func whatIsNoUTF8IsRefused() {
        for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] {
            #expect(throws: JSONParser.SyntaxError(message: "it is not UTF-8", place: 0)) {
                try JSONParser.parse(bytes)
            }
        }
    }

    @Test func aMillionBracketsDoNoHarm() {
        for open in ["[", "{\"a\":"] {
            let text = String(repeating: open, count: 100_000)
            #expect(throws: JSONParser.SyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
        }
    }
}
