// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// The gateway's front end with nothing behind it: requests are answered by a ``LocalResponder``, one for each worker.
/// Several may run in one process, beside a ``Gateway`` or without one.
///
/// Of its configuration it uses the addresses, the workers, the limits, the drain timeout and the log; it has neither
/// pools nor routes.
package final class LocalServer {
    private let snapshot: Snapshot
    private let sink: LogSink
    private let workers: WorkerGroup

    /// The ports that clients connect to, in the order of the configuration; chosen by the kernel where 0 was asked for.
    package let ports: [UInt16]

    /// Binds every listener, so that a port in use is known before anything else happens.
    ///
    /// - Parameters:
    ///   - configuration: What the server is to be like.
    ///   - portOption: The flag that chooses its port, for the hint when it cannot be had.
    /// - Throws: A port that is in use, an address that is not this machine's, a log that cannot be opened.
    package init(configuration: GatewayConfiguration, portOption: String) throws(StartError) {
        workers = try WorkerGroup(configuration, portOption: portOption)
        ports = workers.ports
        let maximum = workers.maximumClients(configuration)
        snapshot = try Snapshot(configuration, maximumClients: maximum, shared: SharedState())
        sink = try LogSink(configuration: configuration.log)
    }

    /// Serves on threads of its own until ``stop()``. They inherit the calling thread's blocked signals, so whoever waits
    /// for SIGTERM must have blocked it before; a ``Gateway`` does so when it is made.
    ///
    /// - Parameters:
    ///   - isBackground: Its threads give way to others that have something to do.
    ///   - responder: Makes a worker's responder, on that worker's thread.
    /// - Throws: The system is out of threads, descriptors or memory.
    package func start(
        isBackground: Bool = false,
        _ responder: @escaping LocalResponderFactory
    ) throws(StartError) {
        do {
            try workers.start(snapshot, sink: sink, responder: responder, isBackground: isBackground)
        } catch {
            throw StartError("the server could not start: \(error)")
        }
    }

    /// Writes a message to the log.
    ///
    /// - Parameters:
    ///   - message: A sentence that says all there is.
    ///   - port: The same for machines.
    package func announce(_ message: String, port: UInt16) {
        let log = sink.makeAccessLog()
        log.info(message, fields: [LogField("port", .integer(Int64(port)))])
        log.commit()
    }

    /// Finishes the requests in flight, within the drain timeout of the configuration, and returns when all is over.
    package func stop() {
        workers.requestDrain()
        workers.join()
        sink.stop(within: .seconds(1))
    }

    /// Serves until SIGTERM or SIGINT, then drains. Blocks the calling thread, which becomes the control loop.
    ///
    /// - Parameters:
    ///   - name: What the log calls it: `NAME running on port N`.
    ///   - responder: Makes a worker's responder, on that worker's thread.
    /// - Throws: The system is out of threads, descriptors or memory.
    package func run(named name: String, _ responder: @escaping LocalResponderFactory) throws(StartError) {
        // Before the first worker is started; the log's thread takes no signals anyway.
        let signals = try ControlLoop.makeSignals()
        let surroundings = try ControlLoop.Surroundings(name)
        do {
            try workers.start(snapshot, sink: sink, responder: responder)
            let control = try ControlLoop(
                snapshot,
                sink: sink,
                signals: signals,
                workers: workers,
                surroundings: surroundings
            )
            try control.run()
            workers.join()
            control.finish()
        } catch {
            throw StartError("the server could not start: \(error)")
        }
        sink.stop(within: .seconds(1))
    }
}
