// SPDX-License-Identifier: Apache-2.0

import Yams

extension ConfigurationReader {
    /// Reads a field into `target`, which keeps its value when the field is missing or wrong.
    mutating func assign<Value>(_ target: inout Value, _ field: Field?, _ parser: ValueParser<Value>) {
        guard let field else { return }
        let example = "\(field.key): \(parser.example)"
        if let value = scalar(field.value, path: field.path, parser, example: example) { target = value }
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
        do {
            return try parser.parse(scalar.string)
        } catch {
            report(node.mark, path, error)
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
