// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

/// traceparent, as W3C's own tests of implementations have it (w3c/trace-context, test/test.py).
struct TraceParentTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func parse(_ text: String) -> TraceParent? { TraceParent(Array(text.utf8).span) }

    @Test func aValidOneIsRead() throws {
        let parent = try #require(parse(Self.good))
        #expect(parent.trace == TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c))
        #expect(parent.parent == SpanID(0xb7ad_6b71_6920_3331))
        #expect(parent.isSampled && !parent.isRandom)
    }

    @Test(arguments: [
        ("00", false, false), ("01", true, false), ("02", false, true), ("03", true, true), ("08", false, false),
        ("ff", true, true), ("fe", false, true),
    ])
    func onlyTheFlagsThatAreKnownCount(flags: String, sampled: Bool, random: Bool) throws {
        let parent = try #require(parse(Self.good.dropLast(2) + flags))
        #expect(parent.isSampled == sampled)
        #expect(parent.isRandom == random)
    }

    @Test(arguments: [
        "", "00", good.dropLast() + "", good + "-", good + "-00", good + "x", " " + good,
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001",
        ".0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0.-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
        "00-.af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-.7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.1",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c8031-b7ad6b7169203331-01-0",
        // A later version that does not go on with a hyphen.
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what-the-future-will-be-like",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01a",
    ])
    func anInvalidOneIsIgnored(text: String) {
        #expect(parse(text) == nil)
    }

    @Test(arguments: [
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
    ])
    func ofALaterVersionTheKnownPartsAreRead(text: String) {
        #expect(parse(text) == parse(Self.good))
    }

    @Test func whatABackendIsSentIsOfVersionZero() throws {
        let parent = try #require(parse("cc" + Self.good.dropFirst(2).dropLast(2) + "ff-x"))
        var context = TraceContext(trace: parent.trace, span: SpanID(1), parent: parent.parent, isSampled: true)
        context.isRandom = parent.isRandom
        let value = context.traceparent(of: SpanID(0x00f0_67aa_0ba9_02b7))
        #expect(
            String(decoding: (0..<55).map { value[$0] }, as: UTF8.self)
                == "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-03"
        )
    }
}

/// tracestate, as the same tests have it.
struct TraceStateTests {
    private func isValid(_ fields: [String]) -> Bool {
        var state = TraceState()
        for field in fields { state.append(Array(field.utf8).span) }
        return state.isValid
    }

    private static let longKey = String(repeating: "a", count: 256)
    private static let tenant = String(repeating: "t", count: 241) + "@" + String(repeating: "v", count: 14)
    private static func members(_ count: Int) -> String { (0..<count).map { "bar\($0)=\($0)" }.joined(separator: ",") }

    @Test(arguments: [
        ["foo=1"], ["foo=1,bar=2"], ["foo=1", "bar=2"], ["foo=1 \t , \t bar=2, \t baz=3"], [""], ["foo=1,"],
        [",foo=1", ""],
        ["foo=1,,,bar=2"], ["a_b-c*d/e=x"], ["0tenant@system=x"], ["foo= 1"], ["foo=!\"#$%&'()*+-./0:;<>?@[\\]^_`{|}~"],
        [longKey + "=1"], [tenant + "=1"], ["a=" + String(repeating: "v", count: 256)], [members(32)],
    ])
    func aValidListIsHandedOn(fields: [String]) {
        #expect(isValid(fields))
    }

    @Test(arguments: [
        ["foo"], ["foo=1;bar=2"], ["foo=1=2"], ["=1"], ["foo="], ["FOO=1"], ["fOo=1"], ["foo@=1,bar=2"], ["@foo=1"],
        ["foo@@bar=1"], ["foo@bar@baz=1"], ["foo =1"], ["foo=1,foo=1"], ["foo=1", "foo=2"], ["0foo=1"], ["foo@0bar=1"],
        ["foo.bar=1"], ["foo=\u{7f}"], ["foo=\u{e9}"], [longKey + "a=1"], ["t" + tenant + "=1"], [tenant + "v=1"],
        ["a=" + String(repeating: "v", count: 257)], [members(33)],
        [members(20), "x=1," + members(0) + "y=2", members(13)],
    ])
    func anInvalidListIsNot(fields: [String]) {
        #expect(!isValid(fields))
    }
}
