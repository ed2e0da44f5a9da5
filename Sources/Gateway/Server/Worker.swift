// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// One thread that serves clients: its own loop, listeners, connections, buffers and upstream connections. Nothing in it
/// is shared but what ``SharedState`` names.
final class Worker: EventLoopOwner {
    /// What the configuration says of the client's side. Time limits are in nanoseconds.
    struct Rules {
        let header: UInt64
        let idle: UInt64
        /// How long a client that has its last answer may go on sending: as long as it may be silent within a body.
        let linger: UInt64
        let maximumRequests: Int
        let maximumPipelined: Int

        init(_ limits: LimitsConfiguration) {
            header = limits.headerTimeout.wholeNanoseconds
            idle = limits.idleTimeout.wholeNanoseconds
            linger = limits.bodyTimeout.wholeNanoseconds
            maximumRequests = limits.requestsPerConnection ?? .max
            maximumPipelined = limits.pipelinedRequests ?? .max
        }
    }

    let loop: EventLoop
    let context: ProxyContext
    private(set) var rules: Rules
    let inputBuffers = BufferPool(size: 16 * 1024, keeping: 1024)
    let outputBuffers = BufferPool(size: ClientConnection.outputSize, keeping: 1024)
    let pipes: PipePool
    let shared: SharedState
    let control: WorkerControl
    private(set) var isDraining = false

    var acceptors: [Acceptor] = []
    private var connections: [ClientConnection] = []
    private var flushing: [ClientConnection] = []
    private var advancing: [ClientConnection] = []
    private var drainTimer: TimerID = .none
    var trimTimer: TimerID = .none
    /// How often it still goes off.
    var trimsLeft = 0
    /// Connections of clients that have no place and are being told so.
    var refusals = 0
    var complaints = Complaints()

    /// With a `responder`, requests are answered by it and go to no pool.
    init(
        _ assignment: Assignment,
        log: AccessLog,
        control: WorkerControl,
        responder: (any LocalResponder)? = nil
    ) throws(SystemError) {
        shared = assignment.snapshot.shared
        self.control = control
        let workers = assignment.snapshot.configuration.workers.number
        pipes = PipePool(atMost: DescriptorLimit.pipes(workers: workers, descriptors: DescriptorLimit.current))
        rules = Rules(assignment.snapshot.configuration.limits)
        loop = try EventLoop()
        context = try ProxyContext(loop: loop, log: log, snapshot: assignment.snapshot, responder: responder)
        for listener in assignment.listeners { acceptors.append(try Acceptor(listener, worker: self)) }
        try loop.register(control.wakeup.descriptor, .readable, handler: self)
        drainTimer = loop.makeTimer(self)
        trimTimer = loop.makeTimer(self)
        control.adopted(assignment.snapshot.number)
    }

    /// Serves until it is told to drain and has done so.
    func run() {
        keepMemoryForLibcurl()
        loop.run(owner: self)
        context.close()
        CurlLibrary.keepFreedMemory(upTo: 0)
        context.log.commit()
        // The loop keeps its handlers, and this one keeps the loop: neither would ever be freed.
        loop.deregister(control.wakeup.descriptor)
        loop.release(drainTimer)
        loop.release(trimTimer)
    }

    // MARK: Turns

    func finishTurn() {
        if !advancing.isEmpty {
            let waiting = advancing
            advancing.removeAll()
            for connection in waiting { connection.advance() }
        }
        let isDone = context.runLibcurl()
        while let connection = flushing.popLast() { connection.flush() }
        context.log.commit()
        // What is left over, and what flushing has started, must not wait for an event that may not come.
        if !isDone || context.hasWork || !advancing.isEmpty { loop.skipSleep() }
        if trimsLeft == 0 && (inputBuffers.isLarge || pipes.isLarge) { trimLater() }
        if isDraining && connections.isEmpty { loop.stop() }
    }

    // MARK: For connections
    // Each of these spares a connection to go a step further by itself, for which the object in between would be counted.

    func set(_ timer: TimerID, to deadline: MonotonicTime) { loop.set(timer, to: deadline) }

    func takeExchange() -> Exchange { context.takeExchange() }
    func giveBack(_ exchange: Exchange) { context.giveBack(exchange) }

    func takeInput() -> ByteBuffer { inputBuffers.take() }
    func giveInput(_ buffer: ByteBuffer) { inputBuffers.give(buffer) }
    func takeOutput() -> ByteBuffer { outputBuffers.take() }
    func giveOutput(_ buffer: ByteBuffer) { outputBuffers.give(buffer) }

    func flushSoon(_ connection: ClientConnection) {
        flushing.append(connection)
    }

    /// Goes on with a connection that has more to do in the next turn.
    func advanceSoon(_ connection: ClientConnection) {
        advancing.append(connection)
    }

    // MARK: Connections

    func add(_ connection: ClientConnection) {
        connection.index = connections.count
        connections.append(connection)
    }

    /// Of these connections, where their clients wait for nothing, the one to be missed least.
    func longestSilent(_ isAmongThem: (ClientConnection) -> Bool) -> ClientConnection? {
        connections.filter { $0.isSilent && isAmongThem($0) }.min { one, other in
            let (hasAsked, otherHasAsked) = (one.machine.requests > 0, other.machine.requests > 0)
            return hasAsked == otherHasAsked ? one.lastActive < other.lastActive : otherHasAsked
        }
    }

    func closed(_ connection: ClientConnection) {
        let last = connections.removeLast()
        if last !== connection {
            last.index = connection.index
            connections[connection.index] = last
        }
        release(connection)
    }

    // MARK: Changes of the configuration

    private func adopt(_ assignment: Assignment) {
        do {
            try context.adopt(assignment.snapshot)
            rules = Rules(assignment.snapshot.configuration.limits)
            context.log.follow(assignment.snapshot.configuration.log)
            try listen(on: assignment.listeners)
        } catch {
            context.log.diagnostic(
                level: .critical,
                message:
                    "a worker cannot go by the new configuration: \(error); raise the limit of open files (ulimit -n)"
            )
        }
        control.adopted(assignment.snapshot.number)
    }

    private func listen(on listeners: [WorkerListener]) throws(SystemError) {
        let old = acceptors
        acceptors = []
        for listener in listeners {
            if let stays = old.first(where: { $0.socket === listener.socket }) {
                stays.speaksProxy = listener.speaksProxy
                acceptors.append(stays)
            } else {
                acceptors.append(try Acceptor(listener, worker: self))
            }
        }
        for acceptor in old where !acceptors.contains(where: { $0 === acceptor }) {
            // Those who wait there have connected, and are served.
            acceptor.acceptAll()
            acceptor.close()
        }
    }

    // MARK: Draining

    /// How long a connection that was in use until now may wait for another request while the worker drains: nanoseconds.
    var graceForIdle: UInt64 {
        min(1_000_000_000, context.generation.snapshot.configuration.drainTimeout.wholeNanoseconds / 2)
    }

    /// Takes no more clients, closes idle ones and lets requests in flight finish.
    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        // A connection that was answered earlier in this turn counts as idle, and would be closed ahead of its answer.
        while let connection = flushing.popLast() { connection.flush() }
        for acceptor in acceptors {
            acceptor.acceptAll()
            acceptor.close()
        }
        acceptors.removeAll()
        // Those that are closed leave the list at their place, and the last one takes it.
        for index in connections.indices.reversed() {
            connections[index].drain()
        }
        let limit = context.generation.snapshot.configuration.drainTimeout.wholeNanoseconds
        loop.set(drainTimer, to: loop.now.advanced(byNanoseconds: limit))
    }

    private func abortAll() {
        for index in connections.indices.reversed() where index < connections.count {
            let connection = connections[index]
            connection.abort()
        }
    }
}

extension Worker: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        control.wakeup.reset()
        if let assignment = control.takeAssignment(), !isDraining { adopt(assignment) }
        if control.isDrainRequested { drain() }
        if control.isStopRequested { abortAll() }
    }
}

extension Worker: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        if timer == trimTimer { return trim() }
        abortAll()
    }
}
