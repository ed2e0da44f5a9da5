// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// As it is written in a file, in the largest unit that it is a whole number of: `90s`, `2m`, `250ms`.
    var written: String {
        let (seconds, fraction) = components
        let milliseconds = Int(seconds) * 1000 + Int(fraction / 1_000_000_000_000_000)
        let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s")]
        guard let unit = units.first(where: { milliseconds != 0 && milliseconds % $0.0 == 0 }) else {
            return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
        }
        return "\(milliseconds / unit.0)\(unit.1)"
    }
}
