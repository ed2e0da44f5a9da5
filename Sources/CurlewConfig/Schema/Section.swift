// SPDX-License-Identifier: Apache-2.0

/// The settings that one mapping of the file may hold. The only place where they are listed: the reader, what is said of
/// unknown keys, the JSON Schema and the reference page all go by it.
struct Section: Sendable {
    /// What messages call such a mapping: `backend`, `rate limit`.
    let noun: String
    /// Its name in the schema and the reference.
    let name: String
    /// Where such a mapping stands: ``in a pool's `retry```.
    let place: String
    let keys: [Key]
    /// Such a mapping, on one line.
    let example: String
    /// The settings that must be there.
    var required: [String] = []
    /// Of these there must be one, and only one.
    var exactlyOne: [String] = []
    /// Of each of these groups there may be one at most, and why.
    var exclusive: [Exclusion] = []

    /// Settings that exclude each other.
    struct Exclusion: Sendable {
        let keys: [String]
        let hint: String
    }

    init(_ noun: String, name: String, place: String, example: String, _ keys: [Key]) {
        self.noun = noun
        self.name = name
        self.place = place
        self.example = example
        self.keys = keys
    }

    /// The same with settings that must be there.
    func requiring(_ keys: String...) -> Section { with { $0.required = keys } }

    func requiringOne(of keys: String...) -> Section { with { $0.exactlyOne = keys } }

    func excluding(_ keys: String..., hint: String) -> Section {
        with { $0.exclusive.append(Exclusion(keys: keys, hint: hint)) }
    }

    private func with(_ change: (inout Section) -> Void) -> Section {
        var copy = self
        change(&copy)
        return copy
    }

    subscript(name: String) -> Key? { keys.first { $0.name == name } }

    /// This section and all within it, each once, in the order of the reference.
    var all: [Section] {
        var found = [self]
        for key in keys {
            for section in key.kind.sections.flatMap(\.all) where !found.contains(where: { $0.name == section.name }) {
                found.append(section)
            }
        }
        return found
    }
}

extension Section {
    /// Where else a key belongs, for one that stands in the wrong mapping.
    private static func home(of key: String) -> String? {
        // `path` and the like have many homes, and then none is worth naming.
        let fitting = top.all.filter { $0[key] != nil }
        return (1...3).contains(fitting.count) ? fitting.map(\.place).alternatives : nil
    }

    /// The key of this section that was probably meant by another.
    func likely(for key: String) -> String? {
        let nearest = Spelling.nearest(to: key, among: keys.map(\.name)) ?? ""
        return Spelling.isLikely(nearest, for: key) ? nearest : nil
    }

    /// What to say about a key that is not one of this section's.
    func complaint(about key: String) -> ValueError {
        let names = keys.map(\.name)
        let list =
            names.count == 1 ? "the only key here is \(names[0])" : "the keys here are \(names.joined(separator: ", "))"
        let message = "unknown key \(key.quoted)"
        if let likely = likely(for: key) { return ValueError(message, hint: "did you mean \(likely)? \(list)") }
        if name == Self.top.name, Self.pool[key] != nil {
            let pools =
                "write pools: { default: { backends: [\"http://localhost:3001\"], \(key): … } } in place of backends"
            return ValueError(message, hint: "\(key) belongs \(Self.pool.place): \(pools)")
        }
        if let home = Self.home(of: key) {
            return ValueError(message, hint: "\(key) belongs \(home); \(list)")
        }
        return ValueError(message, hint: "the nearest is \(Spelling.nearest(to: key, among: names) ?? ""); \(list)")
    }
}
