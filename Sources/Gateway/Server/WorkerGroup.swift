// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// The workers of one server: their listeners, and then their threads. It belongs to the control thread.
final class WorkerGroup {
    /// Is woken by each worker that has served its last client, or goes by another configuration now.
    let news: Wakeup
    /// How many there are; that cannot change.
    let count: Int
    private(set) var listeners: ListenerSet
    private let portOption: String
    private let descriptors: Int
    private var controls: [WorkerControl] = []
    private var threads: [LoopThread] = []

    /// The ports that clients connect to, in the order of the addresses; chosen by the kernel where 0 was asked for.
    var ports: [UInt16] { listeners.ports }

    /// Binds every listener, so that a port in use is known before anything else happens.
    ///
    /// - Parameters:
    ///   - configuration: Names the addresses and how many workers there are.
    ///   - portOption: The flag that chooses the port, for the hint when it cannot be had.
    ///   - inherited: Sockets that this process was given. Those of addresses that nobody names are closed.
    /// - Throws: A port that is in use, an address that is not this machine's.
    init(
        _ configuration: GatewayConfiguration,
        portOption: String,
        inheriting inherited: [Listener] = []
    ) throws(StartError) {
        count = configuration.workers.number
        self.portOption = portOption
        listeners = try ListenerSet(inheriting: inherited)
            .changed(to: configuration.listen, workers: count, portOption: portOption)
        descriptors = DescriptorLimit.raise()
        do {
            news = try Wakeup()
        } catch {
            throw StartError("the server could not start: \(error); raise the limit of open files (ulimit -n)")
        }
    }

    /// How many clients all workers together may serve at once with this configuration.
    func maximumClients(_ configuration: GatewayConfiguration) -> Int {
        DescriptorLimit.clients(configuration, workers: count, descriptors: descriptors)
    }

    /// Starts the threads. To be called once, when signals are blocked that no worker is to die of.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    func start(
        _ snapshot: Snapshot,
        sink: LogSink,
        responder: LocalResponderFactory? = nil,
        isBackground: Bool = false
    ) throws(SystemError) {
        ProcessMemory.keepFreed(16 << 20)
        for number in 0..<count {
            let control = try WorkerControl(telling: news)
            controls.append(control)
            let log = sink.makeAccessLog()
            let assignment = Assignment(snapshot: snapshot, listeners: listeners.listeners(ofWorker: number))
            threads.append(
                try LoopThread(name: isBackground ? "curlew-admin" : "curlew-\(number)", isBackground: isBackground) {
                    WorkerGroup.serve(assignment, log: log, control: control, responder: responder)
                }
            )
        }
    }

    /// What a worker's thread does. The worker is made on the thread that uses it.
    private static func serve(
        _ assignment: Assignment,
        log: AccessLog,
        control: WorkerControl,
        responder: LocalResponderFactory?
    ) {
        do {
            let worker = try Worker(assignment, log: log, control: control, responder: responder?())
            worker.run()
        } catch {
            log.diagnostic(level: .critical, message: "a worker could not start: \(error)")
            log.commit()
            control.fail()
        }
        control.end()
    }

    // MARK: Changes of the configuration

    /// Opens what has to be open for these addresses, beside what is open already.
    ///
    /// - Throws: A port that is in use, an address that is not this machine's; then nothing has changed.
    func prepare(_ addresses: [ListenAddress]) throws(StartError) -> ListenerSet {
        try listeners.changed(to: addresses, workers: count, portOption: portOption)
    }

    /// Has every worker go by this from now on. ``haveAdopted(_:)`` says when they do.
    func assign(_ snapshot: Snapshot, _ listeners: ListenerSet) {
        self.listeners = listeners
        for (number, control) in controls.enumerated() {
            control.assign(Assignment(snapshot: snapshot, listeners: listeners.listeners(ofWorker: number)))
        }
    }

    /// Every worker goes by the snapshot with this number, or a later one.
    func haveAdopted(_ number: Int) -> Bool { controls.allSatisfy { $0.adoptedNumber >= number } }

    // MARK: The end

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

extension WorkerCount {
    var number: Int {
        switch self {
        case .exactly(let count): max(1, count)
        case .auto: LoopThread.availableCores
        }
    }
}
