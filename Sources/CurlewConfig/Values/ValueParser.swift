// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a value of the kind that is wanted.
package struct ValueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, as a clause that can follow `key: `.
    package let message: String
    /// What to write instead.
    package let hint: String

    package init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message) (hint: \(hint))" }
}

/// One kind of value, such as a duration: how it is called, how it looks and how it is read.
///
/// The file, the flags and the environment all read their values with these, so they accept the same spellings.
package struct ValueParser<Value: Sendable>: Sendable {
    /// With its article: `a duration`.
    package let expected: String
    /// A value that is accepted: `5s`.
    package let example: String
    private let convert: @Sendable (String) throws(ValueError) -> Value

    package init(
        _ expected: String,
        example: String,
        _ convert: @escaping @Sendable (String) throws(ValueError) -> Value
    ) {
        self.expected = expected
        self.example = example
        self.convert = convert
    }

    /// Reads `text`.
    ///
    /// - Throws: `ValueError` when it is not such a value, or one that is out of range.
    package func parse(_ text: String) throws(ValueError) -> Value {
        try convert(text)
    }

    /// Whether `text` is such a value.
    func accepts(_ text: String) -> Bool {
        (try? parse(text)) != nil
    }

    /// The error of a text that is nothing like the value.
    static func mismatch(_ text: String, expected: String, hint: String) -> ValueError {
        ValueError("expected \(expected) but found \(text.isEmpty ? "nothing" : text.quoted)", hint: hint)
    }

    /// The same value, or `nil` for `unlimited` and `off`.
    func orUnlimited() -> ValueParser<Value?> {
        ValueParser<Value?>("\(expected) or unlimited", example: example) { [self] text throws(ValueError) in
            // `false` is what JSON has for the `off` of YAML.
            if ["unlimited", "off", "false"].contains(text.lowercased()) { return nil }
            do throws(ValueError) {
                return try parse(text)
            } catch {
                throw ValueError(error.message, hint: error.hint + "; unlimited sets no limit")
            }
        }
    }
}
