// SPDX-License-Identifier: Apache-2.0

import Yams

/// One `key: value` of a mapping.
struct Field {
    /// The key with those above it: `limits.connections`.
    let path: String
    let key: String
    let keyMark: Mark?
    let value: Node
}

/// The fields of a mapping whose keys are fixed.
struct Fields {
    let mark: Mark?
    private let byKey: [String: Field]

    init(mark: Mark?, fields: [Field]) {
        self.mark = mark
        byKey = Dictionary(fields.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(key: String) -> Field? { byKey[key] }
}

extension ConfigurationReader {
    /// The fields of `node` that `section` knows; `nil` when it is not a mapping. Unknown and repeated keys are reported.
    mutating func fields(of node: Node, path: String, section: Section) -> Fields? {
        guard let entries = entries(of: node, path: path, example: section.example) else { return nil }
        var fields = [Field]()
        for entry in entries {
            if section.known.contains(entry.key) {
                fields.append(entry)
            } else {
                report(entry.keyMark, path, section.complaint(about: entry.key))
            }
        }
        return Fields(mark: node.mark, fields: fields)
    }

    /// Every field of `node`, in the order of the file; `nil` when it is not a mapping. Repeated keys are reported.
    mutating func entries(of node: Node, path: String, example: String) -> [Field]? {
        guard let mapping = node.mapping, !isForeign(node) else {
            mismatch(node, path: path, expected: path.isEmpty ? "`key: value` lines" : "a mapping", example: example)
            return nil
        }
        var entries = [Field]()
        var merged = [Node]()
        for (key, value) in mapping {
            guard let scalar = key.scalar else {
                report(key.mark, path, "a key must be a word, and this is \(key.kind)", hint: "for example \(example)")
                continue
            }
            let name = document.name(of: scalar)
            if name == "<<", scalar.style == .plain {
                merged.append(value)
                continue
            }
            if let first = entries.first(where: { $0.key == name }) {
                let line = first.keyMark.map { "line \($0.line)" } ?? "above"
                report(key.mark, path, "the key \(name.quoted) is already given on \(line)", hint: "keep one of them")
                continue
            }
            let full = path.isEmpty ? name : "\(path).\(name)"
            entries.append(Field(path: full, key: name, keyMark: key.mark, value: value))
        }
        for node in merged { merge(node, into: &entries, path: path) }
        return entries
    }

    /// Adds what `<<: *anchor` brings: the keys that are not given beside it.
    private mutating func merge(_ node: Node, into entries: inout [Field], path: String) {
        for source in node.sequence.map(Array.init) ?? [node] {
            guard mergesLeft > 0 else {
                report(node.mark, path, "the file has too many merges", hint: "write out what << would bring")
                return
            }
            mergesLeft -= 1
            let more = self.entries(of: source, path: path, example: "<<: *defaults")
            for field in more ?? [] where !entries.contains(where: { $0.key == field.key }) {
                entries.append(field)
            }
        }
    }
}
