// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ValueParser where Value == Int {
    /// A whole number within `range`.
    static func count(_ range: ClosedRange<Int>, example: Int) -> Self {
        ValueParser("a whole number", example: "\(example)") { text throws(ValueError) in
            try number(text, in: range, expected: "a whole number", example: "\(example)")
        }
    }

    /// Reads decimal digits. `+5`, `5.0`, `1_000` and `0x10` are not numbers here: each means different things to
    /// different readers of YAML.
    static func number(
        _ text: String,
        in range: ClosedRange<Int>,
        expected: String,
        example: String
    ) throws(ValueError) -> Int {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let span = "\(range.lowerBound) to \(range.upperBound)"
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw mismatch(text, expected: expected, hint: "write \(span), for example \(example)")
        }
        guard let value = Int(text), range.contains(value) else {
            throw ValueError("\(text.prefix(40)) is out of range", hint: "use \(span)")
        }
        return value
    }
}

extension ValueParser where Value == WorkerCount {
    /// `auto`, or how many worker threads there shall be. More than 1024 is a mistake on any machine.
    static var workers: Self {
        ValueParser("auto or a whole number", example: "auto") { text throws(ValueError) in
            if text.lowercased() == "auto" { return .auto }
            let count = try ValueParser<Int>.number(
                text,
                in: 1...1024,
                expected: "auto or a whole number",
                example: "auto"
            )
            return .exactly(count)
        }
    }
}

extension ValueParser where Value == ClosedRange<Int> {
    /// Status codes: `200-399`, or one alone.
    static var statusCodes: Self {
        ValueParser("a status code or a range of them", example: "200-399") { text throws(ValueError) in
            let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var codes = [Int]()
            for end in ends {
                guard end.utf8.count == 3, let code = Int(end), (100...599).contains(code) else {
                    throw ValueError(
                        "\(text.quoted) is not a status code or a range of them",
                        hint: "write 200-399, or one code such as 204; codes go from 100 to 599"
                    )
                }
                codes.append(code)
            }
            guard let first = codes.first, let last = codes.last, first <= last else {
                throw ValueError("the range \(text) runs backwards", hint: "write the lower code first")
            }
            return first...last
        }
    }
}

extension ValueParser where Value == Double {
    /// A share of a whole: `20%` or `0.2`.
    package static var ratio: Self {
        ValueParser("a ratio", example: "20%") { text throws(ValueError) in
            let hint = "write a percentage from 0% to 100%, or a number from 0 to 1: for example 20% or 0.2"
            let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
            // `Double.init` would also take `nan`, `1e3` and `0x1p3`.
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let value = Double(digits)
            else {
                throw mismatch(text, expected: "a ratio", hint: hint)
            }
            let ratio = text.hasSuffix("%") ? value / 100 : value
            guard ratio <= 1 else { throw ValueError("\(text) is more than the whole", hint: hint) }
            return ratio
        }
    }
}
