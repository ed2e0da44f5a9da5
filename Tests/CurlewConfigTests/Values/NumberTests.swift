// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct SizeTests {
    private let size = ValueParser<Int>.size(1...1 << 50, example: "64KiB")

    @Test(arguments: [
        ("4096", 4096), ("1B", 1), ("1KB", 1000), ("1KiB", 1024), ("64KiB", 65_536), ("1MB", 1_000_000),
        ("1MiB", 1_048_576), ("2GB", 2_000_000_000), ("1GiB", 1 << 30), ("1TiB", 1 << 40), ("1.5KiB", 1536),
        ("1kb", 1000),
    ])
    func readsBytesAndUnits(text: String, expected: Int) throws {
        #expect(try size.parse(text) == expected)
    }

    @Test(arguments: [
        ("64K", "64KiB"), ("1m", "1MiB"), ("5 MB", "unit"), ("-1KB", "negative"), ("0", "out of range"),
        ("0.5B", "whole number"), ("big", "expected a size"), ("", "nothing"),
        ("9999999999TB", "1 to 1125899906842624"),
        ("1e3", "unit"),
    ])
    func refusesTheRest(text: String, words: String) throws {
        #expect(try #require(complaint(size, text)).contains(words))
    }
}

@Suite struct CountTests {
    @Test(arguments: ["1", "1000", "007"])
    func readsDigits(text: String) throws {
        #expect(try ValueParser<Int>.count(1...1000, example: 3).parse(text) == Int(text))
    }

    @Test(arguments: [
        ("0", "out of range"), ("1001", "1 to 1000"), ("-1", "out of range"), ("+5", "whole number"),
        ("5.0", "whole number"),
        ("1_000", "whole number"), ("0x10", "whole number"), ("-", "whole number"), ("", "nothing"),
        ("99999999999999999999", "out of range"), ("٥", "whole number"),
    ])
    func refusesTheRest(text: String, words: String) throws {
        #expect(try #require(complaint(ValueParser<Int>.count(1...1000, example: 3), text)).contains(words))
    }

    @Test func readsWorkers() throws {
        #expect(try ValueParser<WorkerCount>.workers.parse("auto") == .auto)
        #expect(try ValueParser<WorkerCount>.workers.parse("4") == .exactly(4))
        #expect(try #require(complaint(ValueParser<WorkerCount>.workers, "0")).contains("1 to 1024"))
        #expect(try #require(complaint(ValueParser<WorkerCount>.workers, "many")).contains("auto or a whole number"))
    }
}

@Suite struct StatusCodeTests {
    @Test func readsARangeOrOneCode() throws {
        #expect(try ValueParser<ClosedRange<Int>>.statusCodes.parse("200-399") == 200...399)
        #expect(try ValueParser<ClosedRange<Int>>.statusCodes.parse("204") == 204...204)
    }

    @Test(arguments: ["", "2xx", "99", "600", "200-", "-200", "200-600", "200-299-300", "+20", "200 - 299"])
    func refusesWhatIsNotACode(text: String) throws {
        #expect(try #require(complaint(ValueParser<ClosedRange<Int>>.statusCodes, text)).contains("200-399"))
    }

    @Test func refusesARangeThatRunsBackwards() throws {
        #expect(try #require(complaint(ValueParser<ClosedRange<Int>>.statusCodes, "399-200")).contains("backwards"))
    }
}

@Suite struct RatioTests {
    @Test(arguments: [("20%", 0.2), ("0.25", 0.25), ("0", 0), ("100%", 1), ("1", 1), ("2.5%", 0.025)])
    func readsPercentagesAndFractions(text: String, expected: Double) throws {
        #expect(try ValueParser<Double>.ratio.parse(text) == expected)
    }

    @Test(arguments: ["120%", "2", "-1%", "nan", "inf", "1e-1", "%", "", "a lot"])
    func refusesTheRest(text: String) throws {
        #expect(try #require(complaint(ValueParser<Double>.ratio, text)).contains("20%"))
    }
}
