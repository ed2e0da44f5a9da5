// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text in double quotes, fit for one line of a message: escaped, and cut where it is long.
    var quoted: String {
        let limit = 80
        guard unicodeScalars.count > limit else { return "\"\(escaped)\"" }
        return "\"\(String(unicodeScalars.prefix(limit)).escaped)…\""
    }

    /// The text without control characters and their like, so that a hostile value or file name cannot forge a second
    /// line or move a terminal's cursor.
    var escaped: String {
        unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                result += scalar.escaped(asASCII: true)
            default:
                result.unicodeScalars.append(scalar)
            }
        }
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
