// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// The workers of one server: their listeners, and then their threads.
final class WorkerGroup {
    /// The ports that clients connect to, in the order of the addresses; chosen by the kernel where 0 was asked for.
    let ports: [UInt16]
    /// How many clients all workers together serve at once.
    let maximumClients: Int
    /// Is woken by each worker that has served its last client.
    let ending: Wakeup
    /// A worker's listeners, one for each address, for each worker.
    private let listeners: [[Listener]]
    private var controls: [WorkerControl] = []
    private var threads: [LoopThread] = []

    /// Binds every listener, so that a port in use is known before anything else happens.
    ///
    /// - Parameters:
    ///   - configuration: Names the addresses and how many workers there are.
    ///   - portOption: The flag that chooses the port, for the hint when it cannot be had.
    /// - Throws: A port that is in use, an address that is not this machine's.
    init(_ configuration: GatewayConfiguration, portOption: String) throws(StartError) {
        let count =
            switch configuration.workers {
            case .exactly(let count): max(1, count)
            case .auto: LoopThread.availableCores
            }
        listeners = try WorkerGroup.listen(configuration.listen, workers: count, portOption: portOption)
        ports = listeners[0].map(\.port)
        maximumClients = DescriptorLimit.clients(configuration, workers: count, descriptors: DescriptorLimit.raise())
        do {
            ending = try Wakeup()
        } catch {
            throw StartError("the server could not start: \(error); raise the limit of open files (ulimit -n)")
        }
    }

    /// Starts the threads. To be called once, when signals are blocked that no worker is to die of.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    func start(_ shared: SharedState, sink: LogSink, responder: LocalResponderFactory? = nil) throws(SystemError) {
        ProcessMemory.keepFreed(16 << 20)
        for (number, listeners) in listeners.enumerated() {
            let control = try WorkerControl()
            controls.append(control)
            let log = sink.makeAccessLog()
            let ending = ending
            // Made on the thread that uses it.
            threads.append(
                try LoopThread(name: "curlew-\(number)") {
                    do {
                        let worker = try Worker(
                            shared,
                            log: log,
                            listeners: listeners,
                            control: control,
                            responder: responder?()
                        )
                        worker.run()
                    } catch {
                        log.diagnostic(level: .critical, message: "a worker could not start: \(error)")
                        log.commit()
                        control.fail()
                    }
                    control.end()
                    ending.wake()
                }
            )
        }
    }

    /// Every worker has served its last client.
    var haveEnded: Bool { controls.allSatisfy(\.hasEnded) }

    /// A worker could not start.
    var haveFailed: Bool { controls.contains(where: \.hasFailed) }

    /// No new requests; finish those that are there, within the drain timeout of the configuration.
    func requestDrain() {
        for control in controls { control.requestDrain() }
    }

    /// No more waiting either.
    func requestStop() {
        for control in controls { control.requestStop() }
    }

    /// Waits until every thread has ended.
    func join() {
        for thread in threads { thread.join() }
        threads.removeAll()
    }
}
