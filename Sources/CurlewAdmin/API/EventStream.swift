// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What happens, as it happens, as Server-Sent Events (WHATWG HTML §9.2): `health` when a backend comes or goes, and `state`,
/// which is what `/v1/pools` says, at first and every second.
struct EventStream: LocalStream {
    private let monitor: GatewayMonitor
    private var cursor: GatewayMonitor.Cursor
    /// Looks until the next state.
    private var looksLeft = 0

    /// How often is looked for news.
    private static let pause = Duration.milliseconds(250)
    private static let looksPerState = 4

    init(_ monitor: GatewayMonitor) {
        self.monitor = monitor
        cursor = monitor.cursor
    }

    mutating func next() -> (bytes: [UInt8], pause: Duration)? {
        var bytes: [UInt8] = []
        let events = monitor.events(after: &cursor)
        for event in events { bytes += EventStream.frame("health", health(event)) }
        if looksLeft == 0 {
            looksLeft = EventStream.looksPerState
            bytes += EventStream.frame("state", StateDescriber(monitor).pools)
        }
        looksLeft -= 1
        // The gateway waits for nobody who only listens.
        if monitor.stage == .draining { return nil }
        return (bytes, EventStream.pause)
    }

    private func health(_ event: GatewayMonitor.HealthEvent) -> JSON {
        .object([
            ("time", .string(event.time.text)), ("pool", .string(event.pool)), ("backend", .string(event.backend)),
            ("state", .string(event.isHealthy ? "healthy" : "unhealthy")), ("reason", .string(event.reason)),
        ])
    }

    /// One event. JSON has no line ends of its own, so it is one line of data.
    private static func frame(_ name: String, _ data: JSON) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data.bytes + Array("\n\n".utf8)
    }
}
