// SPDX-License-Identifier: Apache-2.0

extension ValueParser where Value == Int {
    /// A part of something in per cent: `20%`, or as a decimal `0.2`. Whole per cents only.
    static func ratio(_ range: ClosedRange<Int>, example: String) -> Self {
        ValueParser("a percentage", example: example) { text throws(ValueError) in
            try perCent(text, range, example: example, bareIsWhole: false)
        }
    }

    /// The same where the key says per cent, so that a number alone is meant so too: `90` or `90%`.
    static func percent(_ range: ClosedRange<Int>, example: String) -> Self {
        ValueParser("a percentage", example: example) { text throws(ValueError) in
            try perCent(text, range, example: example, bareIsWhole: true)
        }
    }

    private static func perCent(
        _ text: String,
        _ range: ClosedRange<Int>,
        example: String,
        bareIsWhole: Bool
    ) throws(ValueError) -> Int {
        let hint = "write \(range.lowerBound)% to \(range.upperBound)%, for example \(example)"
        let isMarked = text.hasSuffix("%")
        let digits = isMarked ? text.dropLast() : text[...]
        guard let value = decimal(digits) else { throw mismatch(text, expected: "a percentage", hint: hint) }
        guard isMarked || bareIsWhole || digits.contains(".") || value == 0 else {
            throw ValueError("\(text.quoted) has no unit", hint: "write \(text.prefix(20))%, or a decimal such as 0.2")
        }
        let scaled = isMarked || bareIsWhole ? value : value * 100
        guard (scaled - scaled.rounded()).magnitude < 1e-6 else {
            throw ValueError("\(text.quoted) is not a whole number of per cents", hint: hint)
        }
        guard scaled.rounded() >= Double(range.lowerBound), scaled.rounded() <= Double(range.upperBound) else {
            throw ValueError("\(text.prefix(40)) is out of range", hint: hint)
        }
        return Int(scaled.rounded())
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
