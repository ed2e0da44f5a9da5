// SPDX-License-Identifier: Apache-2.0

import Gateway

/// A backend that has no new requests, and somebody who waits until those that it has are over.
struct Drain: Sendable {
    let monitor: GatewayMonitor
    let control: GatewayControl
    let pool: String
    let id: String
    private let deadline: ContinuousClock.Instant

    init(_ monitor: GatewayMonitor, _ control: GatewayControl, pool: String, id: String, timeout: Duration) {
        self.monitor = monitor
        self.control = control
        self.pool = pool
        self.id = id
        deadline = ContinuousClock.now.advanced(by: timeout)
    }

    enum Step {
        /// It still has so many.
        case busy(inFlight: Int)
        /// It has none, or the time is over: the backend as it is.
        case over(JSON)
        /// There is nothing to wait for.
        case void(Problem)
    }

    func step() -> Step {
        guard let load = monitor.load(of: id, in: pool) else {
            return .void(Problem(status: 404, detail: "the backend has been removed meanwhile"))
        }
        guard !load.isEnabled else {
            return .void(Problem(status: 409, detail: "the backend has been enabled again meanwhile"))
        }
        guard load.inFlight == 0 || ContinuousClock.now >= deadline else { return .busy(inFlight: load.inFlight) }
        do throws(Problem) {
            let members = try StateDescriber(monitor, control).members(ofBackend: id, ofPool: pool)
            return .over(.object(members + [("drained", .boolean(load.inFlight == 0))]))
        } catch {
            return .void(error)
        }
    }
}

/// Answers when it is over.
struct DrainWait: LocalWait {
    let drain: Drain

    private static let pause = Duration.milliseconds(50)

    mutating func look() -> LocalLook {
        switch drain.step() {
        case .busy: .unknown(pause: Self.pause)
        case .over(let backend): .known(.respond(.json(backend)))
        case .void(let problem): .known(.respond(problem.response))
        }
    }
}

/// Tells how it goes, as Server-Sent Events.
struct DrainStream: LocalStream {
    let drain: Drain
    private var isOver = false

    private static let pause = Duration.milliseconds(250)

    init(_ drain: Drain) {
        self.drain = drain
    }

    mutating func next() -> (bytes: [UInt8], pause: Duration)? {
        if isOver { return nil }
        switch drain.step() {
        case .busy(let inFlight):
            return (EventStream.frame("progress", .object([("in_flight", .count(inFlight))])), Self.pause)
        case .over(let backend):
            isOver = true
            return (EventStream.frame("done", backend), .zero)
        case .void(let problem):
            isOver = true
            return (EventStream.frame("failed", problem.json), .zero)
        }
    }
}
