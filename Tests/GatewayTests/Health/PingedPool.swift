// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Gateway
import Reactor

/// A pool whose backends are pinged on a thread of its own, as the gateway's control loop does it.
final class PingedPool: Sendable {
    let health: PoolHealth
    var pool: BackendPool { health.pool }

    private let transitions = Monitor<[String]>([])
    private let stopping: Wakeup
    private let thread: BackgroundThread

    /// libcurl wants to be set up once, before any thread uses it.
    private static let library = Result { () throws(CurlError) in try CurlLibrary.load() }

    /// Begins to ping the backends at these URLs.
    init(_ urls: [BackendURL], _ check: HealthCheckConfiguration) throws {
        _ = try Self.library.get()
        let backends = urls.map { BackendConfiguration(url: $0) }
        let health = PoolHealth(
            pool: BackendPool(PoolConfiguration(name: "pinged", backends: backends, healthCheck: check))
        )
        let stopping = try Wakeup()
        let transitions = transitions
        self.health = health
        self.stopping = stopping
        thread = BackgroundThread {
            do {
                let loop = try EventLoop()
                let checker = HealthChecker(health, on: loop) { backend, healthy, finding in
                    let line = "\(healthy ? "HEALTHY" : "UNHEALTHY") \(backend.index) - \(finding.text)"
                    transitions.change { $0.append(line) }
                }
                let control = Control(loop, stopping)
                try loop.register(stopping.descriptor, .readable, handler: control)
                try checker.start()
                loop.run(owner: control)
                checker.stop()
                loop.deregister(stopping.descriptor)
            } catch {
                transitions.change { $0.append("failed: \(error)") }
            }
        }
    }

    convenience init(_ origins: [FakeOrigin], _ check: HealthCheckConfiguration) throws {
        try self.init(origins.map { .at($0.endpoint) }, check)
    }

    /// Every transition so far, as `HEALTHY 0 - status: 200`, with the backend's index.
    var reported: [String] { transitions.read { $0 } }

    /// Waits for the first `count` transitions and returns them.
    func waitForReports(_ count: Int) throws -> [String] {
        try transitions.wait(for: "\(count) transitions, with \(reported)") { $0.count >= count ? $0 : nil }
    }

    /// Stops pinging and waits until the loop has ended.
    func stop() throws {
        stopping.wake()
        try thread.join()
    }
}

/// Ends the loop when it is told to.
private final class Control: EventLoopOwner, EventHandler {
    private let loop: EventLoop
    private let stopping: Wakeup

    init(_ loop: EventLoop, _ stopping: Wakeup) {
        self.loop = loop
        self.stopping = stopping
    }

    func finishTurn() {}

    func handle(_ readiness: Readiness, on descriptor: Int32) {
        stopping.reset()
        loop.stop()
    }
}

extension BackendURL {
    static func at(_ endpoint: CurlewTestKit.Endpoint) -> BackendURL {
        switch endpoint {
        case .tcp(let port): at("127.0.0.1", port)
        case .unix(let path): BackendURL(scheme: .http, endpoint: .unix(path: path), description: endpoint.url)
        }
    }

    static func at(_ host: String, _ port: UInt16, _ scheme: Scheme = .http) -> BackendURL {
        BackendURL(
            scheme: scheme,
            endpoint: .tcp(host: host, port: port),
            description: "\(scheme.rawValue)://\(host):\(port)"
        )
    }
}

// What most tests do not care for: when it was noted, and the words for it.
extension PoolHealth {
    func pingSucceeded(_ backend: Backend, startedAt: UInt64) -> HealthTransition? {
        pingSucceeded(backend, startedAt: startedAt, at: startedAt, .status(200))
    }

    func pingFailed(_ backend: Backend, startedAt: UInt64) -> HealthTransition? {
        pingFailed(backend, startedAt: startedAt, at: startedAt, .status(500))
    }

    func failedWhileProxying(_ backend: Backend, at time: UInt64) -> HealthTransition? {
        failedWhileProxying(backend, at: time, reason: "Connection refused")
    }
}
