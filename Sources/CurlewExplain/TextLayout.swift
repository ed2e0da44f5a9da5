// SPDX-License-Identifier: Apache-2.0

/// Lines with a word in front of each paragraph, no longer than a terminal is wide.
struct TextLayout {
    private static let width = 80
    private static let margin = 11

    private(set) var text = ""

    /// A line of its own, broken where it is too long.
    mutating func line(_ content: String) {
        for piece in Self.wrap(content, to: Self.width) { text += "\(piece)\n" }
    }

    mutating func blank() { text += "\n" }

    /// A paragraph behind a word; each of `lines` begins anew, and what does not fit goes on below, two columns further in.
    mutating func paragraph(_ label: String, _ lines: [String]) {
        var label = label
        for line in lines {
            for (index, piece) in Self.wrap(line, to: Self.width - Self.margin).enumerated() {
                let padding = String(repeating: " ", count: Self.margin - label.count)
                text += "\(label)\(padding)\(index > 0 ? "  " : "")\(piece)\n"
                label = ""
            }
        }
    }

    /// Breaks at spaces; a word that is longer than a line stands on one of its own, whole, so that it can be copied.
    static func wrap(_ text: String, to width: Int) -> [String] {
        let text = text.printable
        let indent = String(text.prefix { $0 == " " })
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let room = lines.isEmpty ? width : width - 2
            if line.isEmpty {
                line = indent + word
            } else if line.count + 1 + word.count <= room {
                line += " \(word)"
            } else {
                lines.append(line)
                line = indent + word
            }
        }
        lines.append(line)
        return lines
    }
}

extension String {
    /// Without characters that could move a terminal's cursor or forge a line.
    fileprivate var printable: String {
        unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                result += scalar.escaped(asASCII: true)
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

/// `250 ms`, `3 s`, `1 h`.
func time(_ milliseconds: Int) -> String {
    for (unit, name) in [(3_600_000, "h"), (60_000, "min"), (1000, "s")] where milliseconds >= unit {
        if milliseconds % unit == 0 { return "\(milliseconds / unit) \(name)" }
    }
    return "\(milliseconds) ms"
}

/// `64 KiB`, `10 MB`, `100 bytes`.
func size(_ bytes: UInt64) -> String {
    let units: [(UInt64, String)] = [
        (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1_000_000, "MB"), (1000, "KB"),
    ]
    for (unit, name) in units where bytes >= unit && bytes % unit == 0 { return "\(bytes / unit) \(name)" }
    return bytes == 1 ? "1 byte" : "\(bytes) bytes"
}
