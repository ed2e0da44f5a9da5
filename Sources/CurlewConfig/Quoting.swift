// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text in double quotes, fit for one line of a message: control characters are escaped, so that a hostile value
    /// cannot forge a second line or move a terminal's cursor, and a long value is cut.
    var quoted: String {
        let limit = 80
        var result = "\""
        for (count, scalar) in unicodeScalars.enumerated() {
            guard count < limit else {
                result += "…"
                break
            }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                result += scalar.escaped(asASCII: true)
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Sequence where Element == String {
    /// The names as a person lists them: `a, b or c`.
    var alternatives: String {
        let names = Array(self)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
