// SPDX-License-Identifier: Apache-2.0

import Yams

/// A value of JSON or YAML, with its mappings in order.
indirect enum Tree: Sendable, Equatable {
    case text(String)
    case number(String)
    case boolean(Bool)
    case list([Tree])
    case mapping([Entry])

    struct Entry: Sendable, Equatable {
        let key: String
        let value: Tree

        init(_ key: String, _ value: Tree) {
            self.key = key
            self.value = value
        }
    }

    /// What a value of the table of settings means in YAML.
    init(yaml: String) {
        let node = try? Yams.compose(yaml: yaml, .basic, .default, .utf8)
        self = node.map(Tree.init(node:)) ?? .text(yaml)
    }

    private init(node: Node) {
        switch node {
        case .sequence(let items): self = .list(items.map(Tree.init(node:)))
        case .mapping(let pairs):
            self = .mapping(pairs.map { Entry($0.key.scalar?.string ?? "", Tree(node: $0.value)) })
        case .scalar(let scalar):
            let text = scalar.string
            if scalar.style == .plain, Int(text) != nil {
                self = .number(text)
            } else if scalar.style == .plain, text == "true" || text == "false" {
                self = .boolean(text == "true")
            } else {
                self = .text(text)
            }
        case .alias: self = .text("")
        }
    }
}

extension Tree {
    /// JSON, indented by two spaces.
    var json: String { json(indent: "") }

    private func json(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .text(let text): return Tree.quoted(text)
        case .number(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        case .list(let items):
            let isFlat = items.allSatisfy { if case .mapping = $0 { false } else { true } }
            if isFlat { return "[" + items.map { $0.json(indent: inner) }.joined(separator: ", ") + "]" }
            return "[\n" + items.map { inner + $0.json(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .mapping(let entries):
            guard !entries.isEmpty else { return "{}" }
            let lines = entries.map { "\(inner)\(Tree.quoted($0.key)): \($0.value.json(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// A string of JSON, which is one of YAML too.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0xFEFF
                || (0x2028...0x2029).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Tree {
    /// YAML in blocks; mappings of single values stand on one line where they are short.
    var yaml: String { yaml(indent: "") }

    private func yaml(indent: String) -> String {
        switch self {
        case .mapping(let entries):
            return entries.map { entry in
                let key = Tree.plain(entry.key, inFlow: false)
                if let flow = entry.value.flow(room: 110 - indent.count - key.count) {
                    return "\(indent)\(key): \(flow)\n"
                }
                return "\(indent)\(key):\n" + entry.value.yaml(indent: indent + "  ")
            }
            .joined()
        case .list(let items):
            return items.map { item in
                if let flow = item.flow(room: 110 - indent.count) { return "\(indent)- \(flow)\n" }
                return "\(indent)- " + item.yaml(indent: indent + "  ").dropFirst(indent.count + 2)
            }
            .joined()
        default: return indent + (flow(room: .max) ?? "") + "\n"
        }
    }

    /// On one line, if it is a value, or made of values and short enough.
    private func flow(room: Int) -> String? {
        switch self {
        case .list(let items):
            if items.contains(where: { if case .mapping = $0 { true } else { false } }) { return nil }
            return Tree.fitting("[" + items.compactMap(\.inFlow).joined(separator: ", ") + "]", room)
        case .mapping(let entries):
            if entries.isEmpty { return "{}" }
            let parts = entries.compactMap { entry in
                entry.value.inFlow.map { "\(Tree.plain(entry.key, inFlow: true)): \($0)" }
            }
            // What holds lists or mappings is easier to read in blocks.
            guard parts.count == entries.count else { return nil }
            return Tree.fitting("{ " + parts.joined(separator: ", ") + " }", room)
        case .text(let text): return Tree.plain(text, inFlow: false)
        case .number(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        }
    }

    private var inFlow: String? {
        switch self {
        case .text(let text): Tree.plain(text, inFlow: true)
        case .list(let items) where items.isEmpty: "[]"
        case .number, .boolean: flow(room: .max)
        case .list(let items): items.contains { $0.inFlow == nil } ? nil : flow(room: .max)
        case .mapping: nil
        }
    }

    private static func fitting(_ text: String, _ room: Int) -> String? { text.count <= room ? text : nil }

    /// The text bare where YAML reads it so, else in double quotes.
    private static func plain(_ text: String, inFlow: Bool) -> String {
        let safe = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: ":"): !inFlow
            default: "_-./%+".utf8.contains(byte)
            }
        }
        let isWord = text.first.map { $0.isLetter || $0.isNumber || $0 == "/" } ?? false
        let isNull = ["null", "Null", "NULL"].contains(text)
        return safe && isWord && !isNull && text.last != ":" ? text : quoted(text)
    }
}
