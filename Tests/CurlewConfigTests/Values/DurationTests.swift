// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct DurationTests {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("5s", .seconds(5)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("0.5s", .milliseconds(500)), ("1.5h", .seconds(5400)), ("8760h", .seconds(8760 * 3600)),
        ("1ms", .milliseconds(1)),
    ])
    func readsANumberAndAUnit(text: String, expected: Duration) throws {
        #expect(try ValueParser<Duration>.duration.parse(text) == expected)
    }

    @Test(arguments: [
        ("5", "has no unit", "5s"), ("0s", "zero", "1ms"), ("0", "zero", "1ms"), ("-5s", "negative", "5s"),
        ("5sec", "\"sec\"", "250ms"), ("5 s", "\" s\"", "250ms"), ("", "nothing", "250ms"),
        ("soon", "\"soon\"", "250ms"),
        ("0.1ms", "too short", "1ms"), ("8761h", "too long", "8760h"), ("1e3s", "\"e3s\"", "250ms"),
        ("infs", "\"infs\"", "250ms"), ("1m30s", "\"m30s\"", "250ms"), ("..s", "\"..s\"", "250ms"),
        ("٥s", "\"٥s\"", "250ms"),
        ("99999999999999999999999999h", "too long", "8760h"),
    ])
    func refusesTheRestAndSaysWhatToWrite(text: String, cause: String, remedy: String) throws {
        let message = try #require(complaint(ValueParser<Duration>.duration, text))
        #expect(message.holds(cause, remedy))
    }

    @Test func readsZeroWhereZeroMakesSense() throws {
        #expect(try ValueParser<Duration>.duration(zeroAllowed: true).parse("0s") == .zero)
        #expect(try ValueParser<Duration>.duration(zeroAllowed: true).parse("0") == .zero)
    }

    @Test(arguments: ["unlimited", "off", "false", "Unlimited"])
    func readsNoLimit(text: String) throws {
        #expect(try ValueParser<Duration>.duration.orUnlimited().parse(text) == nil)
    }
}
