// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

struct RedactionTests {
    private func redacted(_ target: String, _ query: LogRedaction.Query) -> String {
        var redaction = Redaction(query)
        redaction.apply(Array(target.utf8).span)
        return String(decoding: redaction.result, as: UTF8.self)
    }

    @Test(arguments: [
        ("/", "/"), ("/a?", "/a?"), ("/a?b=c&d", "/a?***"), ("/a?b?c", "/a?***"),
        ("https://x/y?z=1", "https://x/y?***"), ("", ""),
    ])
    func allOfTheQueryIsHidden(target: String, expected: String) {
        #expect(redacted(target, .all) == expected)
    }

    @Test(arguments: [
        ("/?token=secret", "/?token=***"), ("/?a=1&token=secret&b=2", "/?a=1&token=***&b=2"),
        ("/?token=a&token=b", "/?token=***&token=***"), ("/?a=1;token=x;b", "/?a=1;token=***;b"),
        ("/?TOKEN=x", "/?TOKEN=***"), ("/?tok%65n=x", "/?tok%65n=***"), ("/?%54oken=x", "/?%54oken=***"),
        ("/?e+mail=x&e%20mail=y", "/?e+mail=***&e%20mail=***"),
        // Others, that only begin or end like it.
        ("/?tokens=x&atoken=y&token", "/?tokens=x&atoken=y&token"), ("/token=x", "/token=x"),
        ("/?token=a=b", "/?token=***"), ("/?token=", "/?token=***"), ("/?&&", "/?&&"), ("/?=x", "/?=x"),
        ("/?tok%6=x", "/?tok%6=x"), ("/?tok%zzn=x", "/?tok%zzn=x"), ("/?token%00=x", "/?token%00=x"),
    ])
    func valuesOfTheNamedParametersAreHidden(target: String, expected: String) {
        #expect(redacted(target, .parameters(["Token", "e mail"])) == expected)
    }

    @Test func whatIsHiddenIsHiddenInEveryRecord() {
        var record = Record(target: Array("/a?token=secret&b=1".utf8))
        record.redaction = .parameters(["token"])
        record.summary.status = 200
        for json in [true, false] {
            let lines = [
                record.request(json: json), record.response(json: json), record.failure("x", json: json),
                record.mirror(json: json), record.accessLine(),
            ]
            for line in lines {
                #expect(line.contains("/a?token=***&b=1"), "\(line)")
                #expect(!line.contains("secret"))
            }
        }
    }
}
