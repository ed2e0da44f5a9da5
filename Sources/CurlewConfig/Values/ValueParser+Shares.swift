// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ValueParser where Value == Int {
    /// A part of something in per cent: `20%`, or as a decimal `0.2`. Whole per cents only.
    static func ratio(_ range: ClosedRange<Int>, example: String) -> Self {
        ValueParser("a percentage", example: example) { text throws(ValueError) in
            let hint = "write \(range.lowerBound)% to \(range.upperBound)%, for example \(example)"
            let (value, isMarked) = try perCent(text, hint: hint)
            guard isMarked || text.contains(".") || value == 0 else {
                throw ValueError(
                    "\(text.quoted) has no unit",
                    hint: "write \(text.prefix(20))%, or a decimal such as 0.2"
                )
            }
            let scaled = isMarked ? value : value * 100
            guard (scaled - scaled.rounded()).magnitude < 1e-6 else {
                throw ValueError("\(text.quoted) is not a whole number of per cents", hint: hint)
            }
            guard scaled.rounded() >= Double(range.lowerBound), scaled.rounded() <= Double(range.upperBound) else {
                throw ValueError("\(text.prefix(40)) is out of range", hint: hint)
            }
            return Int(scaled.rounded())
        }
    }
}

extension ValueParser where Value == Percentage {
    /// A part in per cent where the key says so, so that a number alone is meant so too: `90`, `90%` or `0.1`.
    static var percentage: Self {
        ValueParser("a percentage", example: "10") { text throws(ValueError) in
            let hint = "write 0% to 100%, with two decimals at most, for example 10% or 0.1%"
            let hundredths = try ValueParser<Int>.perCent(text, hint: hint).value * 100
            guard (hundredths - hundredths.rounded()).magnitude < 1e-4 else {
                throw ValueError("\(text.quoted) is finer than a hundredth of a per cent", hint: hint)
            }
            guard hundredths.rounded() <= 10_000 else {
                throw ValueError("\(text.prefix(40)) is out of range", hint: hint)
            }
            return Percentage(hundredths: Int(hundredths.rounded()))
        }
    }
}

extension ValueParser {
    /// The number, and whether it has a percent sign.
    fileprivate static func perCent(_ text: String, hint: String) throws(ValueError) -> (value: Double, isMarked: Bool)
    {
        let isMarked = text.hasSuffix("%")
        guard let value = decimal(isMarked ? text.dropLast() : text[...]) else {
            throw mismatch(text, expected: "a percentage", hint: hint)
        }
        return (value, isMarked)
    }
}

extension ValueParser where Value == Double {
    /// A decimal number within a range, such as `1.5`.
    static func factor(_ range: ClosedRange<Double>, example: String) -> Self {
        ValueParser("a number", example: example) { text throws(ValueError) in
            let hint = "write a number from \(range.lowerBound) to \(range.upperBound), for example \(example)"
            guard let value = decimal(text[...]) else { throw mismatch(text, expected: "a number", hint: hint) }
            guard range.contains(value) else { throw ValueError("\(text.prefix(40)) is out of range", hint: hint) }
            return value
        }
    }
}

/// Digits with at most one point. `Double.init` would also take `nan`, `1e3` and `0x1p3`.
private func decimal(_ text: Substring) -> Double? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") } ? Double(text) : nil
}
