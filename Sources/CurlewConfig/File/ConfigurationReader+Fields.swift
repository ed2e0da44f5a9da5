// SPDX-License-Identifier: Apache-2.0

import Yams

/// One `key: value` of a mapping.
struct Field {
    /// The key with those above it: `limits.connections`.
    let path: String
    let key: String
    let keyMark: Mark?
    let value: Node
    /// What is known of the key; `nil` for a name that the file chose.
    var declared: Key?

    /// Whether the value is a word for none, such as `off`.
    var isOff: Bool { value.scalar.map { Kind.offWords.contains($0.string.lowercased()) } ?? false }
}

/// The fields of a mapping whose keys are fixed.
struct Fields {
    let mark: Mark?
    let path: String
    private let section: Section
    private let byKey: [String: Field]

    init(mark: Mark?, path: String, section: Section, fields: [Field]) {
        self.mark = mark
        self.path = path
        self.section = section
        byKey = Dictionary(fields.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(key: String) -> Field? {
        // Nobody could write it, and neither schema nor reference would know of it.
        assert(section[key] != nil, "\(section.name).\(key) is read but not declared")
        return byKey[key]
    }

    /// The fields of these keys that are there, in the order of the file.
    func those(of keys: [String]) -> [Field] {
        func place(_ field: Field) -> (Int, Int) { (field.keyMark?.line ?? 0, field.keyMark?.column ?? 0) }
        return keys.compactMap { byKey[$0] }.sorted { place($0) < place($1) }
    }
}

extension ConfigurationReader {
    /// The fields of `node` that `section` knows; `nil` when it is not a mapping. Unknown and repeated keys are reported,
    /// and those that are missing or exclude each other. What is missing is reported at `owner`, or else at the mapping.
    mutating func fields(of node: Node, path: String, section: Section, owner: Mark? = nil) -> Fields? {
        guard let entries = entries(of: node, path: path, example: section.example) else { return nil }
        var known = [Field]()
        var meant = Set<String>()
        for var entry in entries {
            if let key = section[entry.key] {
                entry.declared = key
                known.append(entry)
            } else if mayReport {
                report(entry.keyMark, path, section.complaint(about: entry.key))
                if let likely = section.likely(for: entry.key) { meant.insert(likely) }
            }
        }
        let fields = Fields(mark: node.mark, path: path, section: section, fields: known)
        checkPresence(fields, section, meant: meant, at: owner ?? node.mark)
        return fields
    }

    /// What is `meant` by a misspelt key is not missing beside.
    private mutating func checkPresence(_ fields: Fields, _ section: Section, meant: Set<String>, at mark: Mark?) {
        for key in section.required where fields[key] == nil && !meant.contains(key) {
            report(mark, fields.path, "the \(section.noun) has no \(key)", hint: "for example \(section.example)")
        }
        if !section.exactlyOne.isEmpty {
            let given = fields.those(of: section.exactlyOne)
            let one = section.exactlyOne.alternatives
            if given.isEmpty, meant.isDisjoint(with: section.exactlyOne) {
                report(mark, fields.path, "the \(section.noun) has no \(one)", hint: "for example \(section.example)")
            }
            for field in given.dropFirst() {
                let message = "both \(given[0].key.quoted) and \(field.key.quoted) are given"
                report(field.keyMark, fields.path, message, hint: "keep one of \(one)")
            }
        }
        for exclusion in section.exclusive {
            let given = fields.those(of: exclusion.keys)
            for field in given.dropFirst() {
                let message = "both \(given[0].key.quoted) and \(field.key.quoted) are given"
                report(field.keyMark, fields.path, message, hint: exclusion.hint)
            }
        }
    }

    /// Every field of `node`, in the order of the file; `nil` when it is not a mapping. Repeated keys are reported.
    mutating func entries(of node: Node, path: String, example: String) -> [Field]? {
        guard let mapping = node.mapping, !isForeign(node) else {
            mismatch(node, path: path, expected: path.isEmpty ? "`key: value` lines" : "a mapping", example: example)
            return nil
        }
        var entries = [Field]()
        var lines = [String: Int?]()
        var merged = [Node]()
        for (key, value) in mapping {
            guard let scalar = key.scalar else {
                report(key.mark, path, "a key must be a word, and this is \(key.kind)", hint: "for example \(example)")
                continue
            }
            guard !isForeign(key) else {
                mismatch(key, path: path, expected: "a word", example: example)
                continue
            }
            let name = document.name(of: scalar)
            if name == "<<", scalar.style == .plain {
                merged.append(value)
                continue
            }
            if let first = lines[name] {
                let place = first.map { "on line \($0)" } ?? "above"
                report(key.mark, path, "the key \(name.quoted) is already given \(place)", hint: "keep one of them")
                continue
            }
            lines.updateValue(key.mark?.line, forKey: name)
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
