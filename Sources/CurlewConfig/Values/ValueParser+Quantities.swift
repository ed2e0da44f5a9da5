// SPDX-License-Identifier: Apache-2.0

extension ValueParser where Value == Duration {
    /// A length of time: a number and `ms`, `s`, `m` or `h`. At least 1 ms, at most a year.
    ///
    /// A number alone is refused, since half of its readers take it for seconds and half for milliseconds.
    package static var duration: Self {
        duration(zeroAllowed: false)
    }

    /// The same, but `0s` is a length of time too.
    package static func duration(zeroAllowed: Bool) -> Self {
        ValueParser("a duration", example: "5s") { text throws(ValueError) in
            let hint = "write a number and a unit: 250ms, 5s, 2m or 1h"
            let (number, unit) = splitQuantity(text)
            guard let value = Double(number) else {
                if text.hasPrefix("-"), Double(splitQuantity(String(text.dropFirst())).number) != nil {
                    throw ValueError("the duration \(text.prefix(40)) is negative", hint: hint)
                }
                throw mismatch(text, expected: "a duration", hint: hint)
            }
            guard !unit.isEmpty else {
                if value == 0 { return try checked(0, text: text, zeroAllowed: zeroAllowed) }
                throw ValueError(
                    "the duration \(number.prefix(40)) has no unit",
                    hint: "write \(number.prefix(40))s for seconds or \(number.prefix(40))ms for milliseconds"
                )
            }
            guard let milliseconds = ["ms": 1.0, "s": 1000, "m": 60_000, "h": 3_600_000][unit] else {
                throw ValueError("\(unit.quoted) is not a unit of time", hint: hint)
            }
            return try checked(value * milliseconds, text: text, zeroAllowed: zeroAllowed)
        }
    }

    private static func checked(_ milliseconds: Double, text: String, zeroAllowed: Bool) throws(ValueError) -> Duration
    {
        if milliseconds == 0 {
            if zeroAllowed { return .zero }
            throw ValueError("a duration of zero is not allowed here", hint: "write at least 1ms")
        }
        guard milliseconds >= 1 else {
            throw ValueError("the duration \(text.prefix(40)) is too short", hint: "write at least 1ms")
        }
        guard milliseconds <= 365 * 24 * 3_600_000 else {
            throw ValueError(
                "the duration \(text.prefix(40)) is too long",
                hint: "write at most 8760h, which is a year"
            )
        }
        return .milliseconds(Int(milliseconds.rounded()))
    }
}

extension ValueParser where Value == Int {
    /// A number of bytes: `64KiB`, `1MB` or plain `65536`. `KB` is 1000 bytes and `KiB` 1024, and so on up to `TiB`.
    static func size(_ range: ClosedRange<Int>, example: String) -> Self {
        ValueParser("a size", example: example) { text throws(ValueError) in
            let hint = "write bytes as a number, or with a unit: 4096, 64KiB or 1MB"
            let (number, unit) = splitQuantity(text)
            guard let value = Double(number) else {
                if text.hasPrefix("-"), Double(splitQuantity(String(text.dropFirst())).number) != nil {
                    throw ValueError("the size \(text.prefix(40)) is negative", hint: hint)
                }
                throw mismatch(text, expected: "a size", hint: hint)
            }
            guard let bytes = byteUnits[unit.lowercased()] else {
                let guess =
                    ["k", "m", "g", "t"].contains(unit.lowercased())
                    ? "write \(number)\(unit.uppercased())iB for units of 1024, or \(number)\(unit.uppercased())B of 1000"
                    : hint
                throw ValueError("\(unit.quoted) is not a unit of size", hint: guess)
            }
            let total = value * bytes
            guard total == total.rounded() else {
                throw ValueError("\(text.prefix(40)) is not a whole number of bytes", hint: hint)
            }
            guard total >= Double(range.lowerBound), total <= Double(range.upperBound) else {
                throw ValueError(
                    "the size \(text.prefix(40)) is out of range",
                    hint: "use \(range.lowerBound) to \(range.upperBound), in bytes"
                )
            }
            return Int(total)
        }
    }

    private static var byteUnits: [String: Double] {
        [
            "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
            "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
        ]
    }
}

/// Parts `1.5h` into `1.5` and `h`. The number is made of digits and points only, so that `Double` will not read it as
/// `inf`, `1e3` or `0x10`.
private func splitQuantity(_ text: String) -> (number: String, unit: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    return (String(number), String(text[number.endIndex...]))
}
