// SPDX-License-Identifier: Apache-2.0

/// An instant as a calendar and a clock show it, in UTC, by the Gregorian rules.
struct CivilTime: Equatable {
    var year: Int
    /// 1 ... 12
    var month: Int
    /// 1 ... 31
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    /// 0 is Sunday.
    var weekday: Int

    /// - Parameter seconds: Since 1970-01-01T00:00:00Z; negative before.
    init(_ seconds: Int64) {
        let ofDay = CivilTime.modulo(Int(seconds), 86_400)
        let days = (Int(seconds) - ofDay) / 86_400
        hour = ofDay / 3600
        minute = ofDay / 60 % 60
        second = ofDay % 60
        weekday = CivilTime.modulo(days + 4, 7)  // 1970-01-01 was a Thursday.

        // Years are counted from 1 March, so that the leap day is the last day of a year, in eras of 400 years, after
        // which the calendar repeats: 146,097 days. 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468
        let dayOfEra = CivilTime.modulo(shifted, 146_097)
        let era = (shifted - dayOfEra) / 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153  // The months from March are 153 days in every five.
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-01-01T12:00:00`. A year outside 0 ... 9999 shows its last four digits.
    var timestamp: InlineArray<19, UInt8> {
        var text = InlineArray<19, UInt8>(repeating: UInt8(ascii: "-"))
        let years = CivilTime.modulo(year, 10_000)
        put(years / 100, at: 0, in: &text)
        put(years % 100, at: 2, in: &text)
        put(month, at: 5, in: &text)
        put(day, at: 8, in: &text)
        text[10] = UInt8(ascii: "T")
        put(hour, at: 11, in: &text)
        text[13] = UInt8(ascii: ":")
        put(minute, at: 14, in: &text)
        text[16] = UInt8(ascii: ":")
        put(second, at: 17, in: &text)
        return text
    }

    /// `20260101T120000Z`, the basic form of ISO 8601.
    var basicTimestamp: [UInt8] {
        let text = timestamp
        let digits = text.indices.map { text[$0] }.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
        return digits + [UInt8(ascii: "Z")]
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110 section 5.6.7).
    var httpDate: InlineArray<29, UInt8> {
        var text = InlineArray<29, UInt8>(repeating: UInt8(ascii: " "))
        put("SunMonTueWedThuFriSat", weekday, at: 0, in: &text)
        text[3] = UInt8(ascii: ",")
        put(day, at: 5, in: &text)
        put("JanFebMarAprMayJunJulAugSepOctNovDec", month - 1, at: 8, in: &text)
        let years = CivilTime.modulo(year, 10_000)
        put(years / 100, at: 12, in: &text)
        put(years % 100, at: 14, in: &text)
        put(hour, at: 17, in: &text)
        text[19] = UInt8(ascii: ":")
        put(minute, at: 20, in: &text)
        text[22] = UInt8(ascii: ":")
        put(second, at: 23, in: &text)
        put("GMT", 0, at: 26, in: &text)
        return text
    }

    /// `10/Oct/2000:13:55:36 -0700`: the time of an access log. This is the time of the zone, which is `offset` seconds ahead
    /// of UTC.
    func accessStamp(offset: Int) -> InlineArray<26, UInt8> {
        var text = InlineArray<26, UInt8>(repeating: UInt8(ascii: " "))
        put(day, at: 0, in: &text)
        text[2] = UInt8(ascii: "/")
        put("JanFebMarAprMayJunJulAugSepOctNovDec", month - 1, at: 3, in: &text)
        text[6] = UInt8(ascii: "/")
        let years = CivilTime.modulo(year, 10_000)
        put(years / 100, at: 7, in: &text)
        put(years % 100, at: 9, in: &text)
        for (place, number) in [(11, hour), (14, minute), (17, second)] {
            text[place] = UInt8(ascii: ":")
            put(number, at: place + 1, in: &text)
        }
        text[21] = offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
        let minutes = abs(offset) / 60
        put(minutes / 60 % 100, at: 22, in: &text)
        put(minutes % 60, at: 24, in: &text)
        return text
    }

    private func put<let count: Int>(_ number: Int, at index: Int, in text: inout InlineArray<count, UInt8>) {
        text[index] = UInt8(ascii: "0") + UInt8(number / 10)
        text[index + 1] = UInt8(ascii: "0") + UInt8(number % 10)
    }

    /// The three letters of the name with the given number.
    private func put<let count: Int>(
        _ names: String,
        _ number: Int,
        at index: Int,
        in text: inout InlineArray<count, UInt8>
    ) {
        for (offset, byte) in names.utf8.dropFirst(number * 3).prefix(3).enumerated() {
            text[index + offset] = byte
        }
    }

    /// The remainder that is never negative.
    private static func modulo(_ value: Int, _ divisor: Int) -> Int {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
