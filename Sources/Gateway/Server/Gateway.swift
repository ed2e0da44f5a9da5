// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// The whole load balancer: listeners, workers, health checks and log.
package final class Gateway {
    private let snapshot: Snapshot
    private let sink: LogSink
    private let signals: Signals
    private let workers: WorkerGroup
    /// What is known of it, for other threads.
    package let monitor: GatewayMonitor
    private let surroundings: ControlLoop.Surroundings

    /// The ports that clients connect to, in the order of the configuration; chosen by the kernel where 0 was asked for.
    package var ports: [UInt16] { workers.ports }

    /// Changes it while it runs.
    package var control: GatewayControl { surroundings.control }

    /// Binds every listener, so that a port in use is known before anything else happens. From here on SIGTERM, SIGINT,
    /// SIGHUP, SIGUSR1 and SIGUSR2 are blocked for this thread and those that it starts.
    ///
    /// - Parameters:
    ///   - configuration: What the gateway is to be like at first.
    ///   - source: Where SIGHUP has the configuration read from again; `nil` where it cannot be.
    ///   - invocation: How the process was started, so that SIGUSR2 can start another; `nil` where it cannot be.
    /// - Throws: A port that is in use, an address that is not this machine's, a log that cannot be opened.
    package init(
        configuration: GatewayConfiguration,
        source: ConfigurationSource? = nil,
        invocation: Invocation? = nil
    ) throws(StartError) {
        do {
            _ = try CurlLibrary.load()
        } catch {
            throw StartError("libcurl cannot be used: \(error)")
        }
        if let problem = configuration.unspeakableHTTP2 { throw StartError(problem) }
        // Before the first thread is started, which is the log's.
        signals = try ControlLoop.makeSignals()
        surroundings = try ControlLoop.Surroundings("Load balancer", source, invocation)
        let inherited = invocation?.inheritedListeners() ?? []
        workers = try WorkerGroup(configuration, portOption: "--listen", inheriting: inherited)
        let maximum = workers.maximumClients(configuration)
        let metrics = MetricsRegistry(isWatched: configuration.admin != nil)
        let shared = SharedState(tracing: try Tracing.make(configuration), metrics: metrics)
        snapshot = try Snapshot(configuration, maximumClients: maximum, shared: shared)
        sink = try LogSink(configuration: configuration.log)
        monitor = GatewayMonitor(snapshot, workers: workers.count, sink: sink)
        surroundings.control.show(configuration, Overrides(), snapshot)
    }

    /// Serves until SIGTERM or SIGINT, then drains. Blocks the calling thread, which becomes the control loop.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    package func run() throws(StartError) {
        do {
            try snapshot.shared.tracing?.exporter?.start(sink.makeAccessLog())
            try workers.start(snapshot, sink: sink)
            snapshot.shared.metrics.show(snapshot)
            let control = try ControlLoop(
                snapshot,
                sink: sink,
                signals: signals,
                workers: workers,
                surroundings: surroundings
            )
            try control.run()
            control.refuseTheRest()
            workers.join()
            // Docker leaves a second more than `drain_timeout`.
            snapshot.shared.tracing?.exporter?.stop(within: .milliseconds(900))
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
