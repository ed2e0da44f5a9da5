// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Glibc
internal import Reactor

/// The whole load balancer: listeners, workers, health checks and log.
package final class Gateway {
    private let shared: SharedState
    private let sink: LogSink
    private let signals: Signals
    /// A worker's listeners, one for each address, for each worker.
    private let listeners: [[Listener]]
    /// The ports that clients connect to, in the order of the configuration; chosen by the kernel where 0 was asked for.
    package let ports: [UInt16]

    /// Binds every listener, so that a port in use is known before anything else happens.
    ///
    /// - Throws: A port that is in use, an address that is not this machine's, a log that cannot be opened.
    package init(configuration: GatewayConfiguration) throws(StartError) {
        do {
            _ = try CurlLibrary.load()
        } catch {
            throw StartError("libcurl cannot be used: \(error)")
        }
        do {
            // Before the first thread is started, which is the log's.
            signals = try Signals([SIGTERM, SIGINT, SIGHUP])
        } catch {
            throw StartError("signals cannot be received: \(error)")
        }
        let count = Gateway.workerCount(configuration.workers)
        listeners = try Gateway.listen(configuration.listen, workers: count)
        ports = listeners[0].map(\.port)
        shared = try SharedState(configuration)
        sink = try LogSink(configuration: configuration.log)
    }

    /// Serves until SIGTERM or SIGINT, then drains. Blocks the calling thread, which becomes the control loop.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    package func run() throws(StartError) {
        raiseDescriptorLimit()
        do {
            let ending = try Wakeup()
            var controls: [WorkerControl] = []
            var threads: [LoopThread] = []
            for (number, listeners) in listeners.enumerated() {
                let control = try WorkerControl()
                controls.append(control)
                let log = sink.makeAccessLog()
                // Made on the thread that uses it.
                threads.append(
                    try LoopThread(name: "curlew-\(number)") { [shared] in
                        do {
                            try Worker(shared, log: log, listeners: listeners, control: control).run()
                        } catch {
                            log.diagnostic(level: .critical, message: "a worker could not start: \(error)")
                            log.commit()
                        }
                        control.end()
                        ending.wake()
                    }
                )
            }
            let control = try ControlLoop(
                shared,
                log: sink.makeAccessLog(),
                signals: signals,
                workers: controls,
                ending: ending
            )
            try control.run(announcing: ports)
            for thread in threads { thread.join() }
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

    private static func workerCount(_ wanted: WorkerCount) -> Int {
        switch wanted {
        case .exactly(let count): return max(1, count)
        case .auto:
            return LoopThread.availableCores
        }
    }

    private static func listen(_ addresses: [ListenAddress], workers: Int) throws(StartError) -> [[Listener]] {
        var listeners: [[Listener]] = Array(repeating: [], count: workers)
        for address in addresses {
            var port = address.port
            for worker in 0..<workers {
                guard let socketAddress = SocketAddress(host: address.host, port: port) else {
                    throw StartError("cannot listen on \(address): \(address.host) is not an IP address")
                }
                do {
                    let listener = try Listener(socketAddress, exclusive: worker == 0)
                    port = listener.port
                    listeners[worker].append(listener)
                } catch {
                    throw StartError(Gateway.explain(error, address))
                }
            }
        }
        return listeners
    }

    private static func explain(_ error: SystemError, _ address: ListenAddress) -> String {
        let hint =
            switch error.code {
            case EADDRINUSE: "port \(address.port) is in use: stop what listens there, or choose another with --listen"
            case EACCES: "ports below 1024 need privileges; choose another port with --listen"
            case EADDRNOTAVAIL: "this machine has no such address; use 0.0.0.0 for all that it has"
            default: "check the address"
            }
        return "cannot listen on \(address): \(error.reason); \(hint)"
    }

    /// A proxy needs two descriptors for each client; what the system allows is asked for whole.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
