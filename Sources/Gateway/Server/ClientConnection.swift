// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// One client's connection: bytes in, bytes out, one request after another.
///
/// Its socket is watched edge-triggered from first to last, so the kernel is never told of a change of interest; whether
/// there may be something to read, or room to write, is remembered here. While it is idle it holds no buffer and no
/// exchange.
final class ClientConnection: EventHandler {
    let socket: Socket
    /// Whom it is from: who has connected, or whom the PROXY protocol header names.
    var peer: Peer
    /// A cycle while the connection stands: the worker lets go of it when it is closed.
    let worker: Worker
    /// Its place in the worker's list.
    var index = 0
    /// It counts among `limits.connections`.
    var holdsPlace = false
    /// It counts among `limits.connections_per_client`.
    var isCountedForClient = false

    var machine = ConnectionStateMachine()
    private var timer: TimerID
    private(set) var requestBegan = MonotonicTime(nanoseconds: 0)
    /// When it was last seen that there is somebody: as it began, or with the end of an answer.
    private(set) var lastActive: MonotonicTime

    /// The last read did not find the socket empty, or an event has come since.
    var isReadable = false
    var peerHasClosed = false
    private(set) var isCongested = false
    /// Is in the worker's list of connections to flush.
    var isFlushListed = false
    private var isAdvancing = false
    private var lingering: LingeringClose?
    /// The client has said that its request is its last, and has sent all of it.
    private var isLastRequest = false
    /// Requests that were begun since bytes were last read: so many, at least, the client has sent without waiting.
    var pipelined = 0
    /// What the client's kernel had not taken when this was last looked at, while congested.
    var unacknowledged = 0

    private var inputBuffer: ByteBuffer?
    private var outputBuffer: ByteBuffer?
    /// What a long response passes through, and how much in it is to be sent, behind what is in the buffer.
    var pipe: SplicePipe?
    var inPipe = 0
    /// What a long request body passes through.
    var requestPipe: SplicePipe?
    private(set) var exchange: Exchange?

    init(_ socket: Socket, from peer: Peer, speaksProxy: Bool, worker: Worker) throws(SystemError) {
        self.socket = socket
        self.peer = peer
        self.worker = worker
        lastActive = worker.loop.now
        if speaksProxy { machine.expectProxyHeader() }
        timer = TimerID.none
        try worker.loop.register(socket.descriptor, [.readable, .writable, .edgeTriggered, .deferrable], handler: self)
        timer = worker.loop.makeTimer(self)
        setDeadline(after: worker.rules.header)
    }

    // MARK: Events

    func handle(_ readiness: Readiness, on descriptor: Int32) {
        if readiness.isReadable { isReadable = true }
        if readiness.hasPeerClosed {
            peerHasClosed = true
            isReadable = true
        }
        if readiness.isWritable && isCongested { flush() }
        if readiness.isBroken {
            perform(machine.broken())
        } else {
            advance()
            if peerHasClosed && machine.phase == .exchange { perform(machine.peerClosed()) }
        }
    }

    /// Goes as far as possible with what is there. Not recursive: an exchange that is over at once returns here first.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        // A client that sends requests faster than they are answered must not keep the worker from all others.
        var steps = 0
        while step() {
            steps += 1
            if steps == 64 {
                worker.advanceSoon(self)
                break
            }
        }
        isAdvancing = false
    }

    private func step() -> Bool {
        switch machine.phase {
        case .proxyHeader: return readProxyHeader()
        case .idle:
            if let inputBuffer, !inputBuffer.isEmpty {
                perform(machine.bytesArrived())
                return true
            }
            return read()
        case .head: return parse() || read()
        case .exchange:
            if isReadable { exchange?.clientReadable() }
            return machine.phase != .exchange
        case .lingering: return discard()
        case .flushing, .closed: return false
        }
    }

    /// Reads some of a PROXY protocol header or a request head. `false` when nothing came.
    func read() -> Bool {
        guard isReadable else {
            releaseIfIdle()
            return false
        }
        switch receiveInput() {
        case .bytes:
            if machine.phase == .idle { perform(machine.bytesArrived()) }
            return true
        case .wouldBlock:
            releaseIfIdle()
            return false
        case .endOfStream:
            perform(machine.peerClosed())
            return false
        case .failed:
            perform(machine.broken())
            return false
        }
    }

    /// `false` when more of the head is needed.
    private func parse() -> Bool {
        guard let exchange else { return false }
        let input = input
        switch input.withBytes(0..<input.end, { exchange.parser.parse($0, into: exchange.request) }) {
        case .needMore:
            if exchange.parser.hasOnlyEmptyLines { perform(machine.onlyEmptyLines(exchange.parser.emptyLines)) }
            return false
        case .complete:
            machine.headComplete()
            // From here on the head may not move, as libcurl is shown it where it lies; so there must be room behind it
            // for a body to pass through.
            if input.capacity - exchange.request.length < 4096 { input.reserve(16 * 1024) }
            exchange.start()
        case .invalid(let error):
            machine.headComplete()
            exchange.reject(ProxyError(.malformedRequest(error)))
        }
        return true
    }

    /// Throws away what a client still sends that has its last answer.
    private func discard() -> Bool {
        guard isReadable else { return false }
        inputBuffer?.removeAll()
        switch receiveInput() {
        case .bytes:
            if let lingering { setDeadline(lingering.deadline(at: worker.loop.now)) }
            return true
        case .wouldBlock: return false
        case .endOfStream, .failed:
            perform(machine.peerClosed())
            return false
        }
    }

    /// Listens to a client that has its last answer, for `total` nanoseconds at most.
    private func linger(atMost total: UInt64) {
        let lingering = LingeringClose(startedAt: worker.loop.now, total: total)
        self.lingering = lingering
        setDeadline(lingering.deadline(at: worker.loop.now))
    }

    /// The worker takes no more requests: what has come already is answered, what was gathered is sent, then the connection
    /// is closed.
    func drain() {
        // A client may have sent its request without an event having told so yet, above all one that was accepted just now.
        isReadable = true
        if machine.phase == .idle || machine.phase == .proxyHeader { advance() }
        if machine.phase == .lingering { linger(atMost: LingeringClose.silence) }
        flush()
        // Who was here a moment ago may be about to send its next request, which would be lost; its answer will say that it
        // is the last one.
        let grace = worker.graceForIdle
        if machine.phase == .idle, worker.loop.now < lastActive.advanced(byNanoseconds: grace) {
            return setDeadline(after: grace)
        }
        perform(machine.drain(isFlushed: !isCongested))
    }

    /// There is no more time: an exchange is answered as far as it can be, then the connection is closed.
    func abort() {
        if machine.phase == .exchange { exchange?.fail(ProxyError(.draining)) }
        if machine.phase == .closed { return }
        flush()
        perform(machine.abort())
    }

    func perform(_ action: ConnectionStateMachine.Action) {
        switch action {
        case .none: break
        case .beginRequest:
            requestBegan = worker.loop.now
            pipelined += 1
            setDeadline(after: worker.rules.header)
            let exchange = worker.takeExchange()
            exchange.begin(for: self)
            if machine.emptyLines > 0 { exchange.parser.reset(after: machine.emptyLines) }
            self.exchange = exchange
        case .forgetRequest:
            releaseExchange()
            input.removeAll()
            setDeadline(after: worker.rules.idle)
        case .nextRequest:
            input.compact()
            lastActive = worker.loop.now
            setDeadline(after: worker.rules.idle)
            if worker.isDraining { drain() } else { advance() }
        case .close: close()
        case .linger:
            // RFC 9112 §9.6: who has said `close` sends no more requests. Then there is nothing to listen to, and nothing unread
            // for which the kernel would reset the connection.
            if isLastRequest && !isReadable && inputBuffer?.isEmpty != false { return close() }
            socket.shutdownWriting()
            linger(atMost: worker.isDraining ? LingeringClose.silence : worker.rules.linger)
            advance()
        case .reset:
            socket.resetOnClose()
            close()
        case .cancelExchange: exchange?.clientLeft()
        case .rejectSlowHead:
            machine.headComplete()
            exchange?.reject(ProxyError(.headTooSlow))
        case .askExchange: exchange?.deadlinePassed(at: worker.loop.now)
        }
    }

    // MARK: Ending

    private func close() {
        machine.closed()
        releaseExchange()
        worker.loop.release(timer)
        // Closing it takes it out of epoll too.
        worker.loop.forgetClosed(socket.descriptor)
        socket.close()
        if let inputBuffer { worker.giveInput(inputBuffer) }
        if let outputBuffer { worker.giveOutput(outputBuffer) }
        givePipe()
        inputBuffer = nil
        outputBuffer = nil
        worker.closed(self)
    }

    private func releaseExchange() {
        guard let exchange else { return }
        self.exchange = nil
        exchange.detach()
        giveRequestPipe()
        worker.giveBack(exchange)
    }

    /// An idle connection holds no buffers.
    private func releaseIfIdle() {
        guard machine.phase == .idle, let inputBuffer, inputBuffer.isEmpty else { return }
        worker.giveInput(inputBuffer)
        self.inputBuffer = nil
    }

    func setDeadline(after nanoseconds: UInt64) { setDeadline(worker.loop.now.advanced(byNanoseconds: nanoseconds)) }
}

extension ClientConnection: Downstream {
    var input: ByteBuffer {
        if let inputBuffer { return inputBuffer }
        let buffer = worker.takeInput()
        inputBuffer = buffer
        return buffer
    }

    var output: ByteBuffer {
        if let outputBuffer { return outputBuffer }
        let buffer = worker.takeOutput()
        outputBuffer = buffer
        return buffer
    }

    var address: IPAddress { peer.address }
    var client: AddressText { peer.text }
    var isTrustedProxy: Bool { peer.isTrusted }

    var mayKeepAlive: Bool {
        !worker.isDraining && machine.requests < worker.rules.maximumRequests && !peerHasClosed && !isPipelinedTooDeep
    }

    /// The client has sent more requests ahead than it may; this one is answered, and those behind it are not.
    private var isPipelinedTooDeep: Bool {
        pipelined >= worker.rules.maximumPipelined && machine.requestIsComplete && inputBuffer?.isEmpty == false
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        guard isReadable else { return .wouldBlock }
        let result = unsafe socket.read(into: buffer)
        // A read that did not fill the buffer has emptied the socket: whatever comes later brings a new event. The end of
        // the stream has brought its event already.
        switch result {
        case .bytes(let count):
            isReadable = count == buffer.count || peerHasClosed
            pipelined = 0
        case .wouldBlock: isReadable = false
        case .endOfStream, .failed: peerHasClosed = true
        }
        return result
    }

    func receiveInput() -> IOResult {
        guard isReadable else { return .wouldBlock }
        let input = input
        // Within an exchange the head must stay where it is, and only the room behind it is used again.
        let front = machine.phase == .exchange ? (exchange?.request.length ?? 0) : 0
        if input.room == 0 { input.compact(to: front) }
        if input.room == 0 { input.reserve(input.capacity) }
        let result = unsafe receive(into: input.space)
        if case .bytes(let count) = result { input.filled(count) }
        return result
    }

    /// What waits to be sent, if anything ever did since the connection was idle.
    var pendingOutput: ByteBuffer? { outputBuffer }

    func becomeCongested() {
        if !isCongested { unacknowledged = socket.unacknowledgedBytes }
        isCongested = true
    }

    /// Nothing waits to be sent: a download may be slow and a tunnel silent for long, and there may be many. And the buffer is
    /// still in the processor's cache for whoever needs one next.
    func giveOutput() {
        guard let outputBuffer else { return }
        worker.giveOutput(outputBuffer)
        self.outputBuffer = nil
    }

    /// All that was to be sent is sent.
    func drained() {
        let wasCongested = isCongested
        isCongested = false
        giveOutput()
        if exchange == nil { givePipe() }
        if machine.phase == .flushing { return perform(machine.flushed()) }
        if wasCongested { exchange?.clientWritable() }
    }

    func readSoon() {
        worker.advanceSoon(self)
    }

    func requestBodyEnded() {
        machine.requestBodyComplete()
    }

    func tunnelBegan() {
        machine.tunnelBegan()
    }

    func setDeadline(_ deadline: MonotonicTime) {
        worker.set(timer, to: deadline)
    }

    func responseEnded(keepAlive: Bool) {
        isLastRequest = machine.requestIsComplete && exchange?.request.keepAlive == false
        releaseExchange()
        if inPipe == 0 { givePipe() }
        // Answers to pipelined requests gather, so that they go out together, but not without bound.
        if let outputBuffer, outputBuffer.count > ClientConnection.gatheredAtMost, !isCongested { flush() }
        let isFlushed = !isCongested
        if keepAlive || !isFlushed {
            perform(machine.responseComplete(keepAlive: keepAlive, isFlushed: isFlushed))
        } else {
            // The last answer must be on its way before the socket is told that nothing follows.
            perform(machine.responseComplete(keepAlive: false, isFlushed: false))
            flush()
        }
        if machine.phase == .flushing { setDeadline(after: worker.rules.idle) }
    }

    func cut(resetting: Bool) {
        releaseExchange()
        // What was gathered is part of what the client gets to see.
        if !resetting, !isCongested, let outputBuffer { _ = unsafe socket.write(outputBuffer.pending) }
        perform(machine.exchangeCut(resetting: resetting))
    }
}
