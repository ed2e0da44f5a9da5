// SPDX-License-Identifier: Apache-2.0

/// A share of requests, down to a hundredth of a per cent: a canary of a busy service begins with less than one in a hundred.
package struct Percentage: Sendable, Equatable, ExpressibleByIntegerLiteral {
    /// Hundredths of a per cent: 0 to 10,000.
    package var hundredths: Int

    package init(hundredths: Int) {
        self.hundredths = hundredths
    }

    /// So many per cent.
    package init(_ percent: Int) {
        self.init(hundredths: 100 * percent)
    }

    package init(integerLiteral percent: Int) {
        self.init(percent)
    }

    package static let whole = Percentage(100)

    /// Without its sign, as short as it can be written: `90`, `0.1`, `12.25`.
    package var text: String {
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        let decimals = rest == 0 ? "" : rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)"
        return "\(whole)\(decimals)"
    }

    /// Where in the whole a random number falls: 0 to 9999, in hundredths of a per cent.
    static func place(of random: UInt64) -> Int { Int(truncatingIfNeeded: random % 10_000) }
}

extension Percentage: Encodable {
    /// The number of per cent: `90`, `0.1`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Double(hundredths) / 100)
    }
}
