// SPDX-License-Identifier: Apache-2.0

extension HeaderEdits {
    /// Whether a field of this name gets a value that is nobody's business.
    func hide(_ name: String) -> Bool {
        (set + add).contains { $0.isHidden && $0.name.lowercased() == name.lowercased() }
    }
}

extension HeaderEdits.Field {
    /// The value came from the environment, or is of a field that is there for secrets.
    var isHidden: Bool { isSecret || LogRedaction.isCredential(name) }

    /// The value for people to see.
    var shownValue: String { isHidden ? "***" : value }
}

extension RouteConfiguration {
    /// Whether the value of this field of what the route answers by itself is nobody's business.
    func hidesAnswer(_ name: String) -> Bool {
        if overrides.responseHeaders.hide(name) { return true }
        guard case .respond(let answer) = action else { return false }
        return answer.headers.contains { $0.isHidden && $0.name.lowercased() == name.lowercased() }
    }
}

extension Explanation.HeaderChange {
    /// Without what the route keeps to itself, and without the password that the request may have.
    func shown(beside edits: HeaderEdits) -> Explanation.HeaderChange {
        var change = self
        if edits.hide(name) { change.after = after.map { _ in "***" } }
        if ["authorization", "proxy-authorization"].contains(name.lowercased()) {
            change.before = before.map { _ in "***" }
        }
        return change
    }
}

extension Explanation.Answer {
    func hiding(_ isHidden: (String) -> Bool) -> Explanation.Answer {
        var answer = self
        for index in headers.indices where isHidden(headers[index].name) { answer.headers[index].value = "***" }
        return answer
    }
}
