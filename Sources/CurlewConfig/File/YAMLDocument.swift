// SPDX-License-Identifier: Apache-2.0

import Yams

/// A parsed file, and the names of its keys.
///
/// Yams gives up at the first key that stands twice in a mapping, and then nothing else would be reported. So the first
/// letter of that key is replaced by a character that stands for it, and the file is parsed again; the reader then sees
/// both keys, each at its own place, and `name(of:)` gives back what was written.
struct YAMLDocument {
    /// The value of the whole file; `nil` when it holds nothing but comments.
    let root: Node?
    /// What the stand-ins, `standIn(0)` and so on, stand for.
    private let replaced: [Unicode.Scalar]
    private let text: [Unicode.Scalar]
    /// It was JSON, whose values have types.
    let isJSON: Bool

    /// What came as JSON.
    init(json root: Node) {
        self.root = root
        replaced = []
        text = []
        isJSON = true
    }

    /// - Throws: `YAMLSyntaxError`, the first one only: after it nothing has a certain meaning.
    init(text: String) throws(YAMLSyntaxError) {
        // Plain text is all that is wanted of a scalar, so no rule guesses at its type. And the encoding is named, since
        // Yams would else look for it in the environment.
        var scalars = Array(text.unicodeScalars)
        self.text = scalars
        isJSON = false
        var replaced = [Unicode.Scalar]()
        while true {
            var source = String.UnicodeScalarView()
            source.append(contentsOf: scalars)
            do {
                root = try Yams.compose(yaml: String(source), .basic, .default, .utf8)
                self.replaced = replaced
                return
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                guard
                    let index = Self.firstLetter(of: context.mark, in: scalars),
                    let standIn = Self.standIn(replaced.count)
                else {
                    throw YAMLSyntaxError(duplicate: keys.first ?? "", at: context.mark)
                }
                replaced.append(scalars[index])
                scalars[index] = standIn
            } catch {
                throw YAMLSyntaxError(error, text: scalars)
            }
        }
    }

    /// The name of a key as it was written.
    func name(of key: Node.Scalar) -> String {
        var scalars = key.string.unicodeScalars
        guard let first = scalars.first, first.value >= 0xF0000, Int(first.value) - 0xF0000 < replaced.count else {
            return key.string
        }
        scalars.replaceSubrange(...scalars.startIndex, with: [replaced[Int(first.value) - 0xF0000]])
        return String(scalars)
    }

    /// The line and column of the n-th `${`, from 0, of the scalar that begins at `mark`.
    func place(ofVariable occurrence: Int, from mark: Mark) -> (line: Int, column: Int)? {
        guard let start = TextPosition.index(line: mark.line, column: mark.column, in: text) else { return nil }
        let starts = (start..<text.count).lazy.filter { [text] index in
            text[index] == "$" && index + 1 < text.count && text[index + 1] == "{"
        }
        guard let index = starts.dropFirst(occurrence).first else { return nil }
        return TextPosition.position(of: index, in: text)
    }

    /// A character for private use, which no key has by accident. A file with hundreds of duplicates has had enough said.
    private static func standIn(_ index: Int) -> Unicode.Scalar? {
        index < 100 ? Unicode.Scalar(0xF0000 + UInt32(index)) : nil
    }

    /// Where the first letter of the key at `mark` stands, if it is simply there: not an anchor, a tag or an escape.
    private static func firstLetter(of mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
        guard var index = TextPosition.index(line: mark.line, column: mark.column, in: scalars) else { return nil }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, scalars[index].properties.isAlphabetic || scalars[index] == "_" else { return nil }
        return index
    }
}

/// Lines and columns as libyaml counts them.
enum TextPosition {
    /// The index of a position in the text; `nil` when there is nothing there.
    static func index(line: Int, column: Int, in scalars: [Unicode.Scalar]) -> Int? {
        var current = 1
        var start = 0
        while current < line {
            guard let end = scalars[start...].firstIndex(where: isBreak) else { return nil }
            let windows = scalars[end] == "\r" && end + 1 < scalars.count && scalars[end + 1] == "\n"
            start = end + (windows ? 2 : 1)
            current += 1
        }
        let index = start + column - 1
        return index < scalars.count ? index : nil
    }

    /// The line and column of an index.
    static func position(of index: Int, in scalars: [Unicode.Scalar]) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for i in 0..<index {
            let endsLine = isBreak(scalars[i]) && !(scalars[i] == "\r" && scalars[i + 1] == "\n")
            (line, column) = endsLine ? (line + 1, 1) : (line, column + 1)
        }
        return (line, column)
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }
}
