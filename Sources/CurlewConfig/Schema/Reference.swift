// SPDX-License-Identifier: Apache-2.0

/// The part of the documentation that lists every setting.
enum Reference {
    /// A heading and a table for each section, in Markdown.
    static var text: String { Section.top.all.map(table).joined(separator: "\n") }

    private static func table(_ section: Section) -> String {
        var lines = ["### \(section.name)", "", introduction(section), ""]
        lines += ["| key | value | default | what it means |", "|---|---|---|---|"]
        lines += section.keys.map { key in
            let standard = key.standard.map { "`\($0)`" } ?? ""
            return "| `\(key.name)` | \(words(key.kind)) | \(standard) | \(key.text) |"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func introduction(_ section: Section) -> String {
        var sentences = ["\(section.place.prefix(1).uppercased())\(section.place.dropFirst()): `\(section.example)`."]
        if !section.required.isEmpty {
            let keys = section.required.map { "`\($0)`" }
            sentences.append("It needs \(keys.joined(separator: ", ")).")
        }
        if !section.exactlyOne.isEmpty {
            sentences.append("It needs exactly one of \(section.exactlyOne.map { "`\($0)`" }.alternatives).")
        }
        for exclusion in section.exclusive {
            sentences.append("It may have one of \(exclusion.keys.map { "`\($0)`" }.alternatives).")
        }
        return sentences.joined(separator: " ")
    }

    private static func words(_ kind: Kind) -> String {
        switch kind {
        case .count(let range): span(range)
        case .size(let range): "bytes, \(span(range))"
        case .ratio(let range): "\(range.lowerBound)% to \(range.upperBound)%"
        case .percent: "0% to 100%"
        case .factor(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .duration: "duration"
        case .delay: "duration or `0s`"
        case .boolean: "`true` or `false`"
        case .choice(let words): words.map { "`\($0)`" }.alternatives
        case .text(let words, _): words
        case .orOff(let kind): "\(self.words(kind)) or `off`"
        case .section(let section): "mapping: *\(section.name)*"
        case .list(let kind, _): "list of: \(words(kind))"
        case .map(let kind): "by name: \(words(kind))"
        case .either(let kinds): kinds.map(words).alternatives
        }
    }

    private static func span(_ range: ClosedRange<Int>) -> String {
        "\(range.lowerBound) to \(range.upperBound)"
    }
}
