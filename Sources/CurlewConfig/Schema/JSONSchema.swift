// SPDX-License-Identifier: Apache-2.0

/// The JSON Schema (draft 2020-12) of configuration files, for editors and tests.
///
/// It knows what one value can look like, and no more: that a pool exists, that shares make 100 and the like only
/// `curlew check` can tell. Wherever it takes a number or a word, it also takes a text with `${…}` in it.
package enum JSONSchema {
    /// The schema as JSON text.
    package static var text: String { tree.json + "\n" }

    static var tree: Tree {
        var entries: [Tree.Entry] = [
            .init("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
            .init("title", .text("The configuration of Curlew")),
        ]
        entries += body(of: .top)
        let definitions = Section.top.all.dropFirst().map { Tree.Entry($0.name, .mapping(body(of: $0))) }
        entries.append(.init("$defs", .mapping(definitions)))
        return .mapping(entries)
    }

    private static func body(of section: Section) -> [Tree.Entry] {
        var entries: [Tree.Entry] = [
            .init("type", .text("object")),
            .init("additionalProperties", .boolean(false)),
            .init("properties", .mapping(section.keys.map { .init($0.name, property($0)) })),
        ]
        if !section.required.isEmpty { entries.append(.init("required", names(section.required))) }
        if !section.exactlyOne.isEmpty {
            entries.append(.init("oneOf", .list(section.exactlyOne.map { requiring([$0]) })))
        }
        if !section.exclusive.isEmpty {
            let excluded = section.exclusive.flatMap { Self.pairs(of: $0.keys) }
            entries.append(.init("not", .mapping([.init("anyOf", .list(excluded.map(requiring)))])))
        }
        return entries
    }

    private static func pairs(of keys: [String]) -> [[String]] {
        keys.indices.flatMap { i in keys[(i + 1)...].map { [keys[i], $0] } }
    }

    private static func requiring(_ keys: [String]) -> Tree { .mapping([.init("required", names(keys))]) }

    private static func names(_ names: [String]) -> Tree { .list(names.map(Tree.text)) }

    private static func property(_ key: Key) -> Tree {
        var entries: [Tree.Entry] = [.init("description", .text(key.text))]
        if let standard = key.standard { entries.append(.init("default", Tree(yaml: standard))) }
        entries.append(.init("examples", .list([Tree(yaml: key.example)])))
        return .mapping(entries + schema(of: key.kind))
    }

    private static func schema(of kind: Kind) -> [Tree.Entry] {
        switch kind {
        case .count(let range):
            return number("integer", Double(range.lowerBound), Double(range.upperBound), pattern: "^[0-9]+$")
        case .size(let range):
            return number(
                "integer",
                Double(range.lowerBound),
                Double(range.upperBound),
                pattern: "^[0-9]+(\\.[0-9]+)?([KMGTkmgt][Ii]?)?[Bb]?$"
            )
        case .ratio(let range):
            // As a number it can only be a decimal, such as 0.2.
            return number(
                "number",
                Double(range.lowerBound) / 100,
                Double(range.upperBound) / 100,
                pattern: "^[0-9]*\\.?[0-9]+%?$"
            )
        case .percent: return number("number", 0, 100, pattern: "^[0-9]*\\.?[0-9]+%?$")
        case .factor(let range):
            return number("number", range.lowerBound, range.upperBound, pattern: "^[0-9]*\\.?[0-9]+$")
        case .duration: return text("^[0-9]*\\.?[0-9]+(ms|s|m|h)$")
        case .delay: return number("integer", 0, 0, pattern: "^([0-9]*\\.?[0-9]+(ms|s|m|h)|0)$")
        case .boolean:
            return [
                .init("type", names(["boolean", "string"])),
                .init("pattern", .text(orVariable("^([Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)$"))),
            ]
        case .choice(let words): return choice(words)
        case .text(_, let pattern): return pattern.isEmpty ? anyText : text(pattern)
        default: return nested(kind)
        }
    }

    private static func nested(_ kind: Kind) -> [Tree.Entry] {
        switch kind {
        case .orOff(let kind):
            // `off` is `false` to readers of YAML 1.1.
            let off = Tree.mapping([.init("enum", .list(Kind.offWords.dropLast().map(Tree.text) + [.boolean(false)]))])
            return [.init("anyOf", .list([off, .mapping(schema(of: kind))]))]
        case .section(let section): return [.init("$ref", .text("#/$defs/\(section.name.replacing(" ", with: "%20"))"))]
        case .list(let kind, let mayBeEmpty):
            let least: [Tree.Entry] = mayBeEmpty ? [] : [.init("minItems", .number("1"))]
            return [.init("type", .text("array"))] + least + [.init("items", .mapping(schema(of: kind)))]
        case .map(let kind):
            return [
                .init("type", .text("object")), .init("minProperties", .number("1")),
                .init("additionalProperties", .mapping(schema(of: kind))),
            ]
        case .either(let kinds): return [.init("anyOf", .list(kinds.map { .mapping(schema(of: $0)) }))]
        default: return []
        }
    }

    private static func number(_ type: String, _ least: Double, _ most: Double, pattern: String) -> [Tree.Entry] {
        [
            .init("type", names([type, "string"])), .init("minimum", .number(written(least))),
            .init("maximum", .number(written(most))), .init("pattern", .text(orVariable(pattern))),
        ]
    }

    private static func written(_ number: Double) -> String {
        number == number.rounded() ? "\(Int(number))" : "\(number)"
    }

    private static func text(_ pattern: String) -> [Tree.Entry] {
        [.init("type", .text("string")), .init("pattern", .text(orVariable(pattern)))]
    }

    /// A number or a truth value is a text too, when text is what is wanted.
    private static var anyText: [Tree.Entry] { [.init("type", names(["string", "number", "boolean"]))] }

    private static func choice(_ words: [String]) -> [Tree.Entry] {
        // Readers of YAML 1.1 take `off` for `false`, and 308 is a number to all.
        var values = words.map(Tree.text)
        if words.contains("off") { values.append(.boolean(false)) }
        values += words.filter { Int($0) != nil }.map(Tree.number)
        let variable = Tree.mapping([.init("type", .text("string")), .init("pattern", .text("\\$\\{"))])
        return [.init("anyOf", .list([.mapping([.init("enum", .list(values))]), variable]))]
    }

    private static func orVariable(_ pattern: String) -> String { "\(pattern)|\\$\\{" }
}
