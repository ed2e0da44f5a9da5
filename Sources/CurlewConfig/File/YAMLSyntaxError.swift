// SPDX-License-Identifier: Apache-2.0

import Yams

/// Why a text is not YAML, in the words of a person who writes configuration files rather than parsers.
struct YAMLSyntaxError: Error, Equatable {
    let line: Int
    let column: Int
    let message: String
    let hint: String

    init(line: Int, column: Int, message: String, hint: String) {
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// A key that stands twice in its mapping, where that is all that can be said.
    init(duplicate key: String, at mark: Mark) {
        self.init(
            line: mark.line,
            column: mark.column,
            message: "the key \(key.quoted) stands twice in this mapping",
            hint: "keep one of them"
        )
    }

    /// What Yams threw for `text`.
    init(_ error: any Error, text: [Unicode.Scalar]) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            self.init(problem: problem, context: context, at: mark, text: text)
        case .composer(_, let problem, let mark, _):
            self.init(problem: problem, context: nil, at: mark, text: text)
        case .reader(_, _, let value, _):
            let index = text.firstIndex { $0.value == UInt32(bitPattern: value) } ?? 0
            let position = TextPosition.position(of: index, in: text)
            self.init(
                line: position.line,
                column: position.column,
                message: "a character that YAML does not allow: U+\(String(value, radix: 16, uppercase: true))",
                hint: "remove it; a control character is written as an escape in double quotes, such as \"\\u0007\""
            )
        default:
            self.init(line: 1, column: 1, message: "the file is not YAML", hint: "check it: \(error)")
        }
    }

    private init(problem: String, context: YamlError.Context?, at mark: Mark, text: [Unicode.Scalar]) {
        let index = TextPosition.index(line: mark.line, column: mark.column, in: text)
        var (words, hint) = Self.explain(problem, character: index.map { text[$0] })
        if let index, index > 0, text[index] == "{", text[index - 1] == "$" {
            (words, hint) = (
                "a mapping begins in the middle of a value", "put a value with ${NAME} in double quotes here"
            )
        }
        // The context says where the thing began, which helps where a quote is closed pages later, or never.
        let began = context.map { $0.mark.line < mark.line ? " \($0.text) that begins on line \($0.mark.line)" : "" }
        self.init(
            line: mark.line,
            column: mark.column,
            message: "not valid YAML: \(words)\(began ?? "")",
            hint: hint
        )
    }

    /// What libyaml means, and what to do about it.
    private static func explain(_ problem: String, character: Unicode.Scalar?) -> (words: String, hint: String) {
        let indentation = "check the indentation, and that every quote and bracket is closed"
        return switch problem {
        case _ where character == "\t":
            ("a tab stands where a value could begin", "a tab cannot indent in YAML; use spaces")
        case "mapping values are not allowed in this context":
            (
                "a second `: ` where none can stand",
                "check the indentation of this line and the one above, and quote a value that holds a colon and a space"
            )
        case "but found another document":
            ("a second document begins here", "keep one: remove this --- and what follows it")
        case "found undefined alias":
            ("found undefined alias", "define it above as &name; an anchor is not defined within its own value")
        case "found character that cannot start any token":
            ("a value cannot begin with this character", "put the value in double quotes")
        case "found unexpected end of stream":
            ("the file ends", "close the quote, bracket or brace that is still open")
        case "found unknown escape character":
            ("unknown escape", "write \\\\ for a backslash, or use single quotes, in which a backslash is only that")
        case _ where problem.hasPrefix("Maximum nesting level"):
            ("nested more than 1000 levels deep", "no setting is nested this deeply")
        case _ where problem.hasPrefix("could not find expected ':'"):
            (problem, "write `key: value`, with a space after the colon")
        default:
            (problem, indentation)
        }
    }
}
