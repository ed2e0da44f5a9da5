// SPDX-License-Identifier: Apache-2.0

/// The last configurations that were applied or refused while the gateway ran.
final class RecentConfigurations: Sendable {
    /// How many are remembered.
    static let limit = 32

    private struct State {
        /// How many there ever were.
        var count = 0
        var events: [ConfigurationEvent] = []
    }
    private let state = Locked(State())

    /// The gateway goes by another configuration now, `text` says what is different.
    func applied(_ text: String) {
        add(ConfigurationEvent(isApplied: true, text: text, time: WallTime.now()))
    }

    /// What `cause` asked for has been refused because of these problems.
    func refused(_ problems: [String], cause: String) {
        let more = problems.count > 1 ? ", and \(problems.count - 1) more" : ""
        let text = "\(cause): refused, \(problems.first ?? "it is not valid")\(more)"
        add(ConfigurationEvent(isApplied: false, text: text, time: WallTime.now()))
    }

    private func add(_ event: ConfigurationEvent) {
        state.withLock { state in
            state.count += 1
            if state.events.count == Self.limit { state.events.removeFirst() }
            state.events.append(event)
        }
    }

    /// Those behind the first `seen`, as far as they are remembered, and how many there were.
    func after(_ seen: Int) -> (events: [ConfigurationEvent], count: Int) {
        state.withLock { state in
            (Array(state.events.suffix(max(0, min(state.events.count, state.count - seen)))), state.count)
        }
    }
}

/// A configuration was applied, or refused.
package struct ConfigurationEvent: Sendable {
    package let isApplied: Bool
    /// What began it, and what is different or why it was refused.
    package let text: String
    package let time: WallTime
}
