// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// The whole load balancer: listeners, workers, health checks and log.
package final class Gateway {
    private let shared: SharedState
    private let sink: LogSink
    private let signals: Signals
    private let workers: WorkerGroup

    /// The ports that clients connect to, in the order of the configuration; chosen by the kernel where 0 was asked for.
    package var ports: [UInt16] { workers.ports }

    /// Binds every listener, so that a port in use is known before anything else happens. From here on SIGTERM, SIGINT,
    /// SIGHUP and SIGUSR1 are blocked for this thread and those that it starts.
    ///
    /// - Throws: A port that is in use, an address that is not this machine's, a log that cannot be opened.
    package init(configuration: GatewayConfiguration) throws(StartError) {
        do {
            _ = try CurlLibrary.load()
        } catch {
            throw StartError("libcurl cannot be used: \(error)")
        }
        if let problem = configuration.unspeakableHTTP2 { throw StartError(problem) }
        // Before the first thread is started, which is the log's.
        signals = try ControlLoop.makeSignals()
        workers = try WorkerGroup(configuration, portOption: "--listen")
        let tracing = try Tracing.make(configuration)
        shared = try SharedState(configuration, maximumClients: workers.maximumClients, tracing: tracing)
        sink = try LogSink(configuration: configuration.log)
    }

    /// Serves until SIGTERM or SIGINT, then drains. Blocks the calling thread, which becomes the control loop.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    package func run() throws(StartError) {
        do {
            try shared.tracing?.exporter?.start(sink.makeAccessLog())
            try workers.start(shared, sink: sink)
            let control = try ControlLoop(shared, name: "Load balancer", sink: sink, signals: signals, workers: workers)
            try control.run()
            workers.join()
            // Docker leaves a second more than `drain_timeout`.
            shared.tracing?.exporter?.stop(within: .milliseconds(900))
            control.finish()
        } catch {
            throw StartError("the gateway could not start: \(error)")
        }
        sink.stop(within: .seconds(1))
    }

    /// The libcurl that runs, with its TLS library and the features that matter here, in one line.
    package static var libcurlVersion: String {
        do {
            return try CurlLibrary.load().versionLine
        } catch {
            return "libcurl cannot be used: \(error)"
        }
    }
}
