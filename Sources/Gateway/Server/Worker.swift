// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor
internal import Synchronization

/// One thread that serves clients: its own loop, listeners, connections, buffers and upstream connections. Nothing in it
/// is shared but what ``SharedState`` names.
final class Worker: EventLoopOwner {
    /// Time limits of the client's side, in nanoseconds.
    struct Times {
        let header: UInt64
        let idle: UInt64
        /// How long a client that has its last answer may go on sending: as long as it may be silent within a body.
        let linger: UInt64
    }

    let loop: EventLoop
    let context: ProxyContext
    let times: Times
    let maximumRequests: Int
    let inputBuffers = BufferPool(size: 16 * 1024, keeping: 1024)
    let outputBuffers = BufferPool(size: 32 * 1024, keeping: 1024)
    let shared: SharedState
    let control: WorkerControl
    private(set) var isDraining = false

    var acceptors: [Acceptor] = []
    private var connections: [ClientConnection] = []
    private var flushing: [ClientConnection] = []
    private var advancing: [ClientConnection] = []
    private var drainTimer: TimerID = .none

    /// With a `responder`, requests are answered by it and go to no pool.
    init(
        _ shared: SharedState,
        log: AccessLog,
        listeners: [Listener],
        control: WorkerControl,
        responder: (any LocalResponder)? = nil
    ) throws(SystemError) {
        self.shared = shared
        self.control = control
        loop = try EventLoop()
        context = ProxyContext(loop: loop, log: log, shared: shared, responder: responder)
        let limits = shared.configuration.limits
        times = Times(
            header: limits.headerTimeout.wholeNanoseconds,
            idle: limits.idleTimeout.wholeNanoseconds,
            linger: limits.bodyTimeout.wholeNanoseconds
        )
        maximumRequests = limits.requestsPerConnection ?? .max
        for listener in listeners { acceptors.append(try Acceptor(listener, worker: self)) }
        try loop.register(control.wakeup.descriptor, .readable, handler: self)
        drainTimer = loop.makeTimer(self)
    }

    /// Serves until it is told to drain and has done so.
    func run() {
        loop.run(owner: self)
        context.close()
        context.log.commit()
        // The loop keeps its handlers, and this one keeps the loop: neither would ever be freed.
        loop.deregister(control.wakeup.descriptor)
        loop.release(drainTimer)
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
        if isDraining && connections.isEmpty { loop.stop() }
    }

    func flushSoon(_ connection: ClientConnection) {
        flushing.append(connection)
    }

    /// Goes on with a connection that has more to do in the next turn.
    func advanceSoon(_ connection: ClientConnection) {
        advancing.append(connection)
    }

    // MARK: Connections

    func accepted(_ socket: Socket, _ client: AddressText) {
        // One more than allowed is told so at once: silence would look like a gateway that hangs.
        let (before, _) = shared.connections.wrappingAdd(1, ordering: .relaxed)
        guard before < shared.maximumClients else {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            return refuse(socket)
        }
        do {
            let connection = try ClientConnection(socket, client: client, worker: self)
            connection.index = connections.count
            connections.append(connection)
        } catch {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            socket.close()
        }
    }

    func closed(_ connection: ClientConnection) {
        let last = connections.removeLast()
        if last !== connection {
            last.index = connection.index
            connections[connection.index] = last
        }
        shared.connections.wrappingSubtract(1, ordering: .relaxed)
        for acceptor in acceptors { acceptor.resume() }
    }

    private func refuse(_ socket: Socket) {
        let output = outputBuffers.take()
        let answer = ErrorAnswer(
            error: ProxyError(.gatewayFull),
            requestID: context.requestIDs.next(),
            form: .text,
            isHead: false
        )
        answer.write(to: output, keepAlive: false, date: context.wallClock.httpDate(.now()))
        _ = unsafe socket.write(output.pending)
        // What the client has sent is read, lest closing resets the connection before it has read the answer.
        socket.shutdownWriting()
        socket.discardInput()
        socket.close()
        outputBuffers.give(output)
    }

    // MARK: Draining

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
        let limit = shared.configuration.drainTimeout.wholeNanoseconds
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
        if control.isDrainRequested { drain() }
        if control.isStopRequested { abortAll() }
    }
}

extension Worker: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        abortAll()
    }
}
