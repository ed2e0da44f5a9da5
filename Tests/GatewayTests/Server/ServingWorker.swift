// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc

@testable import Gateway
@testable import Reactor

/// One worker with real sockets on a thread of its own, in the test's process: where sanitizers see it.
final class ServingWorker: Sendable {
    let port: UInt16
    let snapshot: Snapshot
    private let control: WorkerControl
    private let thread: BackgroundThread
    private let folder: TemporaryFolder
    private let sink: LogSink

    private static let library = Result { () throws(CurlError) in try CurlLibrary.load() }

    /// Serves the backends at these URLs, which are never pinged.
    convenience init(
        _ backends: [BackendURL],
        limits: LimitsConfiguration = LimitsConfiguration(),
        timeouts: TimeoutsConfiguration = TimeoutsConfiguration(),
        drainTimeout: Duration = .seconds(20)
    ) throws {
        var configuration = GatewayConfiguration(backends: backends.map { BackendConfiguration(url: $0) })
        configuration.limits = limits
        configuration.log.format = .text
        configuration.pools[0].timeouts = timeouts
        configuration.drainTimeout = drainTimeout
        try self.init(configuration)
    }

    /// Serves as `configuration` says, but for where it listens and logs; the log is text unless a format is named. With
    /// `other` it is a second worker of the same gateway.
    init(
        _ configuration: GatewayConfiguration,
        logFormat: LogConfiguration.Format? = nil,
        beside other: ServingWorker? = nil,
        passwords: PasswordChecker = PasswordChecker()
    ) throws {
        _ = try Self.library.get()
        var configuration = configuration
        folder = try TemporaryFolder()
        let named = configuration.log.format == .auto ? .text : configuration.log.format
        configuration.log = LogConfiguration(format: logFormat ?? named, output: .file(folder.file("log")))
        let snapshot = try other?.snapshot ?? Snapshot(configuration, shared: SharedState(passwords: passwords))
        self.snapshot = snapshot
        sink = try LogSink(configuration: configuration.log)
        let log = sink.makeAccessLog()
        guard let any = SocketAddress(host: "127.0.0.1", port: 0) else { throw KitError.process("no loopback") }
        let listener = try Listener(any, exclusive: true)
        port = listener.port
        let control = try WorkerControl()
        self.control = control
        let socket = WorkerListener(
            socket: ListenSocket(listener),
            speaksProxy: configuration.listen.first?.proxyProtocol ?? false
        )
        let assignment = Assignment(snapshot: snapshot, listeners: [socket])
        let box = Box(log)
        thread = BackgroundThread {
            do {
                try Worker(assignment, log: box.log, control: control).run()
            } catch {
                box.log.diagnostic(level: .critical, message: "\(error)")
            }
        }
    }

    convenience init(_ origins: [FakeOrigin], timeouts: TimeoutsConfiguration = TimeoutsConfiguration()) throws {
        try self.init(origins.map { .at($0.endpoint) }, timeouts: timeouts)
    }

    var pool: BackendPool { snapshot.pools[0].pool }

    func client(receiveBuffer: Int32 = 0) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Asks the worker to end when its clients are served. Returns at once.
    func beginDraining() { control.requestDrain() }

    /// Ends the worker and returns what it has logged. Fails if a client is still being served after 20 s.
    @discardableResult
    func stop(now: Bool = true) throws -> String {
        if now { control.requestStop() } else { control.requestDrain() }
        try thread.join()
        sink.stop(within: .seconds(5))
        return TemporaryFolder.read(folder.file("log")) ?? ""
    }

    /// The log is made for one thread and handed over to it.
    private final class Box: @unchecked Sendable {
        // @unchecked holds: only the worker's thread uses the log.
        let log: AccessLog

        init(_ log: AccessLog) { self.log = log }
    }
}
