// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Gateway

/// The forms common and combined, byte for byte.
struct AccessLineTests {
    private static let stamp = #"[01/Jan/2026:12:00:00 +0000]"#

    private func record(_ target: String = "/") -> Record {
        var record = Record(target: Array(target.utf8))
        record.summary.status = 200
        record.summary.bytesOut = 2326
        return record
    }

    @Test func aRequestIsOneLineAsApacheWritesIt() {
        #expect(
            record("/apache_pb.gif").accessLine()
                == #"203.0.113.9 - - \#(Self.stamp) "GET /apache_pb.gif HTTP/1.1" 200 2326"#
        )
    }

    @Test func combinedHasRefererAndUserAgentToo() {
        var record = record()
        record.fields = [("Referer", "http://x/?a"), ("USER-AGENT", "curl/8 \"q\" \\ \u{1}\t\u{e9}")]
        record.user = "ada lovelace"
        record.summary.isHTTP10 = true
        record.summary.bytesOut = 0
        #expect(
            record.accessLine(.combined)
                == #"203.0.113.9 - ada\x20lovelace \#(Self.stamp) "GET / HTTP/1.0" 200 - "http://x/?a" "#
                + #""curl/8 \"q\" \\ \x01\t\xc3\xa9""#
        )
        record.fields = []
        #expect(record.accessLine(.combined).hasSuffix(#" "-" "-""#))
    }

    @Test func whatARequestDoesNotHaveIsAHyphen() {
        var record = record()
        (record.method, record.target) = ([], [])
        record.summary.client = AddressText()
        record.summary.status = 0
        record.summary.bytesOut = 0
        #expect(record.accessLine() == #"- - - \#(Self.stamp) "-" - -"#)
    }

    @Test func theQueryOfRefererIsHiddenLikeThatOfTheTarget() {
        var record = record("/?token=a")
        record.fields = [("referer", "http://x/y?token=b")]
        record.redaction = .parameters(["token"])
        let line = record.accessLine(.combined)
        #expect(line.contains(#""GET /?token=*** HTTP/1.1""#))
        #expect(line.contains(#""http://x/y?token=***""#))
    }

    @Test(arguments: [
        (0, "01/Jan/1970:00:00:00 +0000", 0), (951_782_400, "28/Feb/2000:16:30:00 -0730", -27_000),
        (1_767_225_599, "01/Jan/2026:05:44:59 +0545", 20_700),
    ])
    func theTimeIsThatOfTheZone(seconds: Int64, expected: String, offset: Int) {
        let text = CivilTime(seconds + Int64(offset)).accessStamp(offset: offset)
        #expect(String(decoding: (0..<26).map { text[$0] }, as: UTF8.self) == expected)
    }
}
