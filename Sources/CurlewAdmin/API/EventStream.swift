// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What happens, as it happens, as Server-Sent Events (WHATWG HTML §9.2): `health` when a backend comes or goes,
/// `configuration` when one is applied or refused; at first and every second `state`, which is what `/v1/pools` says, `status` and
/// `limits`, which are what the paths of these names say; and `errors` whenever `/v1/errors` says something else.
struct EventStream: LocalStream {
    private let monitor: GatewayMonitor
    private let subject: AdminResponder.Subject
    private var cursor: GatewayMonitor.Cursor
    /// Looks until the next state.
    private var looksLeft = 0
    /// The last failure that was told of; `nil` before any was.
    private var lastFailure: String?

    /// How often is looked for news.
    private static let pause = Duration.milliseconds(250)
    private static let looksPerState = 4

    init(_ subject: AdminResponder.Subject) {
        self.subject = subject
        monitor = subject.monitor
        cursor = monitor.cursor
    }

    mutating func next() -> (bytes: [UInt8], pause: Duration)? {
        var bytes: [UInt8] = []
        let events = monitor.events(after: &cursor)
        for event in events { bytes += EventStream.frame("health", StateDescriber.health(event)) }
        for event in monitor.configurations(after: &cursor) {
            bytes += EventStream.frame("configuration", StateDescriber.configuration(event))
        }
        if looksLeft == 0 {
            looksLeft = EventStream.looksPerState
            bytes += state
        }
        looksLeft -= 1
        // The gateway waits for nobody who only listens.
        if monitor.stage == .draining { return nil }
        return (bytes, EventStream.pause)
    }

    private var state: [UInt8] {
        mutating get {
            let describer = subject.describer
            var bytes = EventStream.frame("status", describer.status(version: subject.version))
            bytes += EventStream.frame("state", describer.pools)
            bytes += EventStream.frame("limits", describer.limits)
            let failure = monitor.failures.first.map { "\($0.time.text) \($0.requestID) \($0.attempts)" } ?? ""
            if failure != lastFailure {
                lastFailure = failure
                bytes += EventStream.frame("errors", describer.errors)
            }
            return bytes
        }
    }

    /// One event. JSON has no line ends of its own, so it is one line of data.
    static func frame(_ name: String, _ data: JSON) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data.bytes + Array("\n\n".utf8)
    }
}
