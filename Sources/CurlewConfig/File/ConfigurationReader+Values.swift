// SPDX-License-Identifier: Apache-2.0

import Yams

extension ConfigurationReader {
    /// Reads a field into `target`, which keeps its value when the field is missing or wrong.
    mutating func assign<Value>(_ target: inout Value, _ field: Field?, _ parser: ValueParser<Value>) {
        if let value = read(field, parser) { target = value }
    }

    /// Reads a field, which may be missing.
    mutating func read<Value>(_ field: Field?, _ parser: ValueParser<Value>) -> Value? {
        guard let field else { return nil }
        let example = "\(field.key): \(field.declared?.example ?? parser.example)"
        if document.isJSON, let scalar = field.value.scalar, let kind = field.declared?.kind,
            !field.value.isEmptyScalar,
            !kind.takes(json: scalar)
        {
            mismatch(field.value, path: field.path, expected: kind.jsonName, example: example)
            return nil
        }
        return scalar(field.value, path: field.path, parser, example: example)
    }

    /// Reads one value, which stands alone or in a list.
    mutating func scalar<Value>(
        _ node: Node,
        path: String,
        _ parser: ValueParser<Value>,
        example: String
    ) -> Value? {
        guard let scalar = node.scalar, !node.isEmptyScalar, !isForeign(node) else {
            mismatch(node, path: path, expected: parser.expected, example: example)
            return nil
        }
        guard let text = expanded(scalar, at: node.mark, path: path) else { return nil }
        do {
            return try parser.parse(text)
        } catch {
            let source = text == scalar.string ? "" : "; the value comes of \(scalar.string.quoted)"
            report(node.mark, path, error.message, hint: error.hint + source)
            return nil
        }
    }

    /// The text of a value with its variables replaced; `nil` when that cannot be done, which is reported.
    private mutating func expanded(_ scalar: Node.Scalar, at mark: Mark?, path: String) -> String? {
        // In single quotes and blocks a text is what it looks like.
        guard scalar.style == .plain || scalar.style == .doubleQuoted else { return scalar.string }
        do {
            return try Interpolation.expand(scalar.string, surroundings.environment)
        } catch {
            let place = mark.flatMap { document.place(ofVariable: error.occurrence, from: $0) }
            let (line, column) = place ?? (mark?.line ?? 1, mark?.column ?? 1)
            let message = "\(path): \(error.error.message)"
            report(Problem(.position(file: file, line: line, column: column), message, hint: error.error.hint))
            return nil
        }
    }

    /// The items of a list that must not be empty; `nil` when it is not such a list.
    mutating func items(of field: Field, example: String) -> [Node]? {
        guard let sequence = field.value.sequence, !isForeign(field.value) else {
            mismatch(field.value, path: field.path, expected: "a list", example: example)
            return nil
        }
        guard !sequence.isEmpty else {
            report(field.value.mark, field.path, "the list is empty", hint: "for example \(example)")
            return nil
        }
        return Array(sequence)
    }

    /// Reports that a value is of the wrong type, or has a tag such as `!include`.
    mutating func mismatch(_ node: Node, path: String, expected: String, example: String) {
        guard !isForeign(node) else {
            report(
                node.mark,
                path,
                "the tag \(node.tag.rawValue.quoted) has no meaning here",
                hint: "remove it and write the value itself"
            )
            return
        }
        report(node.mark, path, "expected \(expected) but found \(node.kind)", hint: "for example \(example)")
    }

    /// Whether the node has a tag that is not YAML's own, as `!!str` is.
    func isForeign(_ node: Node) -> Bool {
        let tag = node.tag.rawValue
        return !tag.isEmpty && tag != "!" && !tag.hasPrefix("tag:yaml.org,2002:")
    }
}

extension Node {
    /// Whether this is a key without a value, `~`, or one of the spellings of null.
    var isEmptyScalar: Bool {
        guard let scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// What a person would call it.
    var kind: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): isEmptyScalar ? "nothing" : scalar.string.quoted
        }
    }
}
