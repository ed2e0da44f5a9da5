// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

struct WallClockTests {
    private func text<let count: Int>(_ bytes: InlineArray<count, UInt8>) -> String {
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "1994-11-06T08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "2000-02-29T00:00:00", "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "2000-03-01T00:00:00", "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_709_251_199, "2024-02-29T23:59:59", "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_767_225_599, "2025-12-31T23:59:59", "Wed, 31 Dec 2025 23:59:59 GMT"),
        (1_767_268_800, "2026-01-01T12:00:00", "Thu, 01 Jan 2026 12:00:00 GMT"),
        (4_107_542_399, "2100-02-28T23:59:59", "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "2100-03-01T00:00:00", "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-1, "1969-12-31T23:59:59", "Wed, 31 Dec 1969 23:59:59 GMT"),
        (253_402_300_799, "9999-12-31T23:59:59", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func instantsReadAsTheCalendarHasThem(seconds: Int64, stamp: String, date: String) {
        var clock = WallClock()
        #expect(text(clock.timestamp(WallTime(seconds: seconds))) == stamp)
        #expect(text(clock.httpDate(WallTime(seconds: seconds))) == date)
    }

    /// Each day of eight hundred years, against the C library.
    @Test func theCalendarAgreesWithTheCLibrary() {
        var differences = 0
        for day in stride(from: -146_097, through: 146_097, by: 1) {
            var seconds = time_t(day * 86_400 + 12_345)
            var broken = tm()
            gmtime_r(&seconds, &broken)
            let ours = CivilTime(Int64(seconds))
            let same =
                ours.year == Int(broken.tm_year) + 1900 && ours.month == Int(broken.tm_mon) + 1
                && ours.day == Int(broken.tm_mday) && ours.weekday == Int(broken.tm_wday)
                && ours.hour == Int(broken.tm_hour) && ours.minute == Int(broken.tm_min)
                && ours.second == Int(broken.tm_sec)
            if !same { differences += 1 }
        }
        #expect(differences == 0)
    }

    @Test func theRememberedSecondIsForgottenInTime() {
        var clock = WallClock()
        #expect(text(clock.timestamp(WallTime(seconds: 59))) == "1970-01-01T00:00:59")
        #expect(text(clock.timestamp(WallTime(seconds: 59, nanoseconds: 999_999_999))) == "1970-01-01T00:00:59")
        #expect(text(clock.timestamp(WallTime(seconds: 60))) == "1970-01-01T00:01:00")
        #expect(text(clock.timestamp(WallTime(seconds: 59))) == "1970-01-01T00:00:59", "a clock may be set back")
        #expect(text(clock.httpDate(WallTime(seconds: 60))) == "Thu, 01 Jan 1970 00:01:00 GMT")
        #expect(text(clock.httpDate(WallTime(seconds: 61))) == "Thu, 01 Jan 1970 00:01:01 GMT")
    }
}
