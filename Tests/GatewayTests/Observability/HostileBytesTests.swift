// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

/// What a client can put into the log: nothing but its own words, visibly.
struct HostileBytesTests {
    /// Raw bytes of a target, what the text form shows, and what a JSON parser reads.
    private static let cases: [(bytes: [UInt8], text: String, json: String)] = [
        (
            Array("/a\nRESPONSE: GET / <- b [200] 1ms".utf8),
            #"/a\x0aRESPONSE:\x20GET\x20/\x20<-\x20b\x20[200]\x201ms"#, "/a\nRESPONSE: GET / <- b [200] 1ms"
        ),
        (Array("/\r\n\t\0".utf8), #"/\x0d\x0a\x09\x00"#, "/\r\n\t\0"),
        (Array("/\u{1B}[2J\u{7F}".utf8), #"/\x1b[2J\x7f"#, "/\u{1B}[2J\u{7F}"),
        (Array(#"/","level":"x"#.utf8), #"/","level":"x"#, #"/","level":"x"#),
        (Array(#"/\x0a\"#.utf8), #"/\\x0a\\"#, #"/\x0a\"#),
        (Array("/é€😀".utf8), #"/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"#, "/é€😀"),
        (
            Array("/\u{2028}\u{9B}31m\u{202E}".utf8), #"/\xe2\x80\xa8\xc2\x9b31m\xe2\x80\xae"#,
            "/\u{2028}\u{9B}31m\u{202E}"
        ),
        ([0x2F, 0xFF, 0xC0, 0x80], #"/\xff\xc0\x80"#, "/\u{FF}\u{C0}\u{80}"),
        ([0x2F, 0xED, 0xA0, 0x80], #"/\xed\xa0\x80"#, "/\u{ED}\u{A0}\u{80}"),
        ([0x2F, 0xE2, 0x82], #"/\xe2\x82"#, "/\u{E2}\u{82}"),
        (Array("/\u{E0041}".utf8), #"/\xf3\xa0\x81\x81"#, "/\u{E0041}"),
    ]

    @Test(arguments: cases.indices) func theTextFormShowsEveryByteAsOneWord(index: Int) {
        let (bytes, text, _) = Self.cases[index]
        #expect(Record(target: bytes).request(json: false) == "REQUEST: GET \(text) -> http://localhost:3001")
    }

    @Test(arguments: cases.indices) func theJSONFormGivesAParserTheSameText(index: Int) throws {
        let (bytes, _, json) = Self.cases[index]
        let fields = try decode(Record(target: bytes).response(json: true))
        #expect(fields["path"] as? String == json)
        #expect(fields["level"] as? String == "info")
        #expect(fields.count == 15)
    }

    @Test func charactersThatATerminalObeysAreEscapedInJSONToo() {
        let line = Record(target: Array("/\u{9B}\u{2028}\u{202E}\u{7F}\u{E0041}".utf8)).request(json: true)
        #expect(line.contains(#""path":"/\u009b\u2028\u202e\u007f\udb40\udc41""#))
    }

    @Test func everyByteInEveryPlaceLeavesOneParsableLine() throws {
        for byte in UInt8.min...UInt8.max {
            var record = Record(target: [0x2F, byte, 0x61])
            record.method = [0x47, byte]
            // `line` in Record checks that the newline at the end is the only one.
            let text = record.response(json: false)
            #expect(text.split(separator: " ").count == 7, "byte \(byte) made or ended a word: \(text)")
            let fields = try decode(record.response(json: true))
            #expect(fields["path"] as? String == "/" + String(UnicodeScalar(byte)) + "a")
            #expect(fields["method"] as? String == "G" + String(UnicodeScalar(byte)))
        }
    }

    /// Eight bytes are looked at at once. Where a word of plain ones did not pass, every record would be built byte by byte.
    @Test func aWordStandsForItselfWhereEachOfItsBytesDoes() {
        for escaping in [Escaping.textWord, .textMessage, .textQuoted, .json] {
            for byte in UInt8.min...UInt8.max {
                for position in 0..<8 {
                    for filler in Array("!ab~".utf8) {
                        var word = UInt64(filler) &* 0x0101_0101_0101_0101
                        word ^= UInt64(filler ^ byte) << UInt64(position * 8)
                        guard escaping.keeps(word) != escaping.keeps(byte) else { continue }
                        Issue.record("byte \(byte) at \(position) among \(filler): \(escaping.keeps(word))")
                    }
                }
            }
        }
    }

    @Test func noiseIsAlwaysOneParsableLine() throws {
        var random = RequestIDGenerator(seed: (1, 2, 3, 4))
        for _ in 0..<2000 {
            let id = random.next()
            let noise = (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? id.high : id.low) >> UInt64($0 % 8 * 8)) }
            // Lead bytes of UTF-8 made likelier, so that cut and overlong sequences really occur.
            let bytes = noise.map { $0 & 0x40 == 0 ? $0 : $0 | 0xC0 }
            let path = try decode(Record(target: bytes).request(json: true))["path"] as? String
            #expect(path != nil)
            _ = Record(target: bytes).request(json: false)
        }
    }

    @Test func theDecoderAgreesWithTheStandardLibrary() {
        for first in UInt8.min...UInt8.max {
            for second: UInt8 in [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                for rest: [UInt8] in [[], [0x80], [0x80, 0x80], [0xBF, 0xBF], [0xBF, 0x41], [0x41]] {
                    let bytes = [first, second] + rest
                    let ours = UTF8Scalar(startOf: bytes.span)
                    let theirs = (1...4).lazy.compactMap { count -> UnicodeScalar? in
                        guard count <= bytes.count else { return nil }
                        let text = String(validating: bytes[..<count], as: UTF8.self)
                        return text?.unicodeScalars.count == 1 ? text?.unicodeScalars.first : nil
                    }.first
                    #expect(ours?.value == theirs?.value, "\(bytes)")
                    #expect(ours?.length == theirs.map { UTF8.width($0) }, "\(bytes)")
                }
            }
        }
    }

    @Test func aReasonFromABackendCannotForgeARecord() throws {
        let reason = "bad\u{1B}[31m\nERROR: é \u{9B}"
        #expect(
            Record().failure(reason, json: false)
                == #"ERROR: GET / x http://localhost:3001 - bad\x1b[31m\x0aERROR: é \xc2\x9b"#
        )
        #expect(try decode(Record().failure(reason, json: true))["error"] as? String == reason)
    }

    @Test func aVeryLongTargetIsCutAndSaysSo() throws {
        let target = Array(("/" + String(repeating: "a", count: 65_535)).utf8)
        let text = Record(target: target).request(json: false)
        #expect(text == "REQUEST: GET /" + String(repeating: "a", count: 8191) + #"\... -> http://localhost:3001"#)
        let fields = try decode(Record(target: target).request(json: true))
        #expect(fields["path"] as? String == "/" + String(repeating: "a", count: 8191) + "…")
        #expect(fields["path_bytes"] as? Int == 65_536)
    }

    @Test func theLongestTargetThatIsNotCutIsWhole() throws {
        let target = [UInt8](repeating: 0x61, count: 8192)
        let fields = try decode(Record(target: target).request(json: true))
        #expect((fields["path"] as? String)?.utf8.count == 8192)
        #expect(fields["path_bytes"] == nil)
    }

    @Test func theWorstRecordFitsTheBuffer() {
        var record = Record(target: [UInt8](repeating: 0x00, count: 70_000))
        record.method = [UInt8](repeating: 0xFF, count: 70_000)
        record.summary.backend = [UInt8](repeating: 0x01, count: 70_000)
        record.summary.pool = record.summary.backend
        // `line` in Record checks that the buffer did not overflow.
        _ = record.failure(
            String(repeating: "\u{1}", count: 70_000),
            retryingOn: String(repeating: "\u{2}", count: 9_999),
            json: true
        )
        _ = record.response(json: true)
    }

    @Test func aCutDoesNotSplitACharacter() throws {
        let target = [0x2F] + Array(String(repeating: "é", count: 5000).utf8)  // Byte 8192 is the second of an é.
        let path = try #require(try decode(Record(target: target).request(json: true))["path"] as? String)
        #expect(path == "/" + String(repeating: "é", count: 4095) + "…")
    }
}
