// SPDX-License-Identifier: Apache-2.0

/// What is different between the fields that a client sends and those that a backend gets.
struct HeaderDifference {
    /// They say how a body is sent, which is for each connection to say.
    private static let framing: Set = ["content-length", "transfer-encoding", "expect"]

    /// - Parameters:
    ///   - before: As they came.
    ///   - after: As the backend is sent them.
    ///   - plain: As it would be sent them if the route changed none.
    /// - Returns: The changes: those of what came, then what is new, each in its order.
    static func changes(
        from before: [Explanation.Field],
        to after: [Explanation.Field],
        plain: [Explanation.Field]
    ) -> [Explanation.HeaderChange] {
        let (old, new, between) = (grouped(before), grouped(after), grouped(plain))
        var names: [String] = []
        for field in before + after where !names.contains(field.name.lowercased()) {
            names.append(field.name.lowercased())
        }
        return names.compactMap { name in
            guard !framing.contains(name), old[name]?.values != new[name]?.values else { return nil }
            return Explanation.HeaderChange(
                name: new[name]?.name ?? old[name]?.name ?? name,
                before: old[name]?.values.joined(separator: ", "),
                after: new[name]?.values.joined(separator: ", "),
                cause: new[name]?.values == between[name]?.values ? .gateway : .route
            )
        }
    }

    private static func grouped(_ fields: [Explanation.Field]) -> [String: (name: String, values: [String])] {
        var groups: [String: (name: String, values: [String])] = [:]
        for field in fields {
            groups[field.name.lowercased(), default: (field.name, [])].values.append(field.value)
        }
        return groups
    }
}
