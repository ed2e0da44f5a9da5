// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// One worker's connections to one backend: a multi handle in the worker's loop, and transfers that wait to be used.
///
/// libcurl's sockets stay registered with the loop from their first use until they are closed. What libcurl wants is
/// remembered, and the kernel hears of it only when it still differs as the loop goes to sleep: in steady state a request
/// costs no `epoll_ctl`.
final class Upstream {
    /// Its object of the present configuration, or of the last that had it.
    var backend: Backend
    /// The backend's name, for the log; a copy as ``PoolUpstreams/name``.
    let name: [UInt8]
    /// What this worker counts of the backend.
    let counters: Counters
    unowned let context: ProxyContext
    private let loop: EventLoop
    private let target: TransferTarget
    /// See ``Backend/canFinishSending``.
    let canFinishSending: Bool
    private var free = FreeList<Transfer>(keeping: 1024)
    /// Transfers that are in use.
    private(set) var inUse = 0
    private var keepAlive: UInt64
    // Made and released with the handle: the loop keeps whose timer it has.
    private var timer: TimerID?
    private var idleTimer: TimerID?
    /// The idle timer will go off.
    private var isWatchingIdle = false
    /// Indexed by descriptor.
    private var sockets: [UpstreamSocket?] = []
    /// Sockets that have nothing more to say, or whose peer has closed, while the request body waits for the client.
    private var concluding: [UpstreamSocket] = []
    /// Sockets to be looked at when libcurl has returned; see ``lookAgain()``.
    private var watched: [UpstreamSocket] = []
    /// Transfers whose response has begun while the request goes on, by HTTP/2; see ``watchForEnd(of:)``.
    var halfOpen: [Transfer] = []
    /// The backend has answered by HTTP/1.1 though HTTP/2 was offered.
    var hasSeenHTTP1 = false
    /// Paused transfers whose sockets nobody can tell from idle ones.
    private var unseen: [Transfer] = []
    /// See ``retire()``.
    private var isRetired = false
    /// Waits in the context's list for ``runDue()``.
    var isDue = false
    /// Made for the first request, and again after a time without any; see ``closeIdle(at:)``.
    private var handle: MultiHandle?

    init(_ backend: Backend, timeouts: TimeoutsConfiguration, counters: Counters, context: ProxyContext) {
        self.counters = counters
        self.backend = backend
        name = backend.name.map(\.self)
        self.context = context
        loop = context.loop
        keepAlive = timeouts.keepAlive.wholeNanoseconds
        // An exchange waits no longer than that by itself. But only libcurl can try one of a name's addresses after another.
        let connect = timeouts.connect.wholeNanoseconds / 1_000_000
        var target = backend.transferTarget
        if !target.isAddress || connect >= 300_000 { target.connectTimeoutMilliseconds = Int(max(1, connect)) }
        self.target = target
        canFinishSending = backend.canFinishSending
    }

    private var multi: MultiHandle {
        guard let handle else { preconditionFailure("a transfer is used that take() has not given out") }
        return handle
    }

    // MARK: For exchanges

    /// A transfer that points at the backend.
    func take() throws(CurlError) -> Transfer {
        if let transfer = free.take() {
            inUse += 1
            return transfer
        }
        // Client connections are what makes upstream connections, and they are bounded.
        if handle == nil { try connect() }
        let transfer = try Transfer(target, multi: multi)
        inUse += 1
        return transfer
    }

    private func connect() throws(CurlError) {
        let limit = target.speaksHTTP2 ? Upstream.silenceLimit : nil
        handle = try MultiHandle(
            delegate: self,
            maxConnections: 1024,
            silenceLimit: limit,
            isPlain: target.isPlain
        )
        timer = loop.makeTimer(self)
        idleTimer = loop.makeTimer(self)
        if isRetired { context.retired.append(self) }
    }

    /// Takes back a transfer that is over, for another request if it went well.
    func give(_ transfer: Transfer) {
        transfer.delegate = nil
        inUse -= 1
        if target.speaksHTTP2 { noteVersion(of: transfer) }
        socket(transfer.socket)?.ended(transfer, in: loop)
        if !unseen.isEmpty { isSeen(transfer) }
        if !halfOpen.isEmpty { halfOpen.removeAll { $0 === transfer } }
        if !isWatchingIdle { watchIdle(until: loop.now.advanced(byNanoseconds: keepAlive)) }
        if transfer.isReusable { free.give(transfer) }
    }

    func start(_ transfer: Transfer) throws(CurlError) {
        try multi.start(transfer)
        context.markDue(self)
    }

    /// Has libcurl go on with sending at once, though nobody has asked whether the socket takes more.
    func sendOn(_ transfer: Transfer) {
        guard transfer.isActive, transfer.socket >= 0 else { return }
        multi.socketReady(transfer.socket, readable: false, writable: true, failed: false)
    }

    /// Ends a transfer that is not over, and its connection.
    func cancel(_ transfer: Transfer) {
        multi.cancel(transfer)
        context.markDue(self)
    }

    /// Tells the backend that nothing more will be sent, as soon as the kernel has taken all `count` bytes that `transfer`
    /// was given. The transfer goes on receiving.
    func finishSending(_ transfer: Transfer, after count: UInt64) {
        guard canFinishSending, let socket = socket(transfer.socket), socket.transfer === transfer else { return }
        socket.finishesAfter = count
        finishSendingIfDone(transfer, on: socket)
        if socket.finishesAfter != nil { watched.append(socket) }
    }

    private func finishSendingIfDone(_ transfer: Transfer, on socket: UpstreamSocket) {
        guard let count = socket.finishesAfter, transfer.isActive, transfer.socket == socket.descriptor,
            transfer.bytesSent >= count
        else { return }
        socket.finishesAfter = nil
        Socket(descriptor: socket.descriptor).shutdownWriting()
    }

    /// Lets libcurl act on its own timers and on transfers that were started.
    func runDue() {
        isDue = false
        guard let multi = handle else { return }
        if concluding.isEmpty { multi.timeoutExpired() } else { concludeTransfers() }
        if !watched.isEmpty { lookAgain() }
    }

    private func concludeTransfers() {
        let sockets = concluding
        concluding.removeAll()
        // libcurl may have found the end of the transfer, and before 8.8 forgets to say so while the upload is paused.
        for socket in sockets where isWaitingForBody(socket) { socket.transfer?.resumeSending() }
        multi.timeoutExpired()
        for socket in sockets where isWaitingForBody(socket) {
            guard let transfer = socket.transfer else { continue }
            if socket.isPeerClosed || Socket(descriptor: socket.descriptor).hasEnded {
                transfer.delegate?.transferPeerClosed(transfer)
            } else if socket.wish.isNothing {
                // It goes on, and wants to read no more: the response is complete.
                transfer.delegate?.transferAnsweredEarly(transfer)
            }
        }
    }

    /// libcurl also sends when its timers run or a transfer is resumed, with no event of the socket's to tell of it.
    private func lookAgain() {
        let sockets = watched
        watched.removeAll(keepingCapacity: true)
        for socket in sockets {
            guard let transfer = socket.transfer, transfer.isActive, transfer.socket == socket.descriptor else {
                continue
            }
            finishSendingIfDone(transfer, on: socket)
            if socket.finishesAfter != nil { watched.append(socket) }
        }
    }

    /// See ``ProxyContext/trim()``.
    func trim() -> Int { free.trim() }

    /// Closes connections that no request has used for the time that the configuration gives them: many that were needed at
    /// once, or all after a night without requests. libcurl itself looks at idle connections only when it wants another.
    private func closeIdle(at now: MonotonicTime) {
        isWatchingIdle = false
        // One that looks idle may be in use.
        guard unseen.isEmpty else { return watchIdle(until: now.advanced(byNanoseconds: max(100_000_000, keepAlive))) }
        var next: MonotonicTime?
        var isAnyYoung = false
        for socket in sockets {
            guard let socket, let since = socket.idleSince else { continue }
            if mayBeInUse(socket) {
                isAnyYoung = true
                next = min(next ?? .distantFuture, now.advanced(byNanoseconds: keepAlive))
                continue
            }
            let end = since.advanced(byNanoseconds: keepAlive)
            if end > now {
                isAnyYoung = true
                next = min(next ?? end, end)
            } else {
                // libcurl finds it dead, and closes it, when it looks for a connection for the next request.
                socket.shutDown(loop)
            }
        }
        // Nobody needs anything of libcurl: then it goes as a whole, with all that it has grown.
        if !isAnyYoung && inUse == 0 { return disconnect() }
        if let next { watchIdle(until: next) }
    }

    private func watchIdle(until deadline: MonotonicTime) {
        guard let idleTimer else { return }
        isWatchingIdle = true
        loop.set(idleTimer, to: deadline)
    }

    /// No configuration has the backend any more: what is idle is closed now, and all when nothing is in flight.
    func retire() {
        isRetired = true
        keepAlive = 0
        guard handle != nil else { return }
        context.retired.append(self)
        watchIdle(until: loop.now)
    }

    /// Closes every connection. Nothing may be in flight.
    func close() { disconnect() }

    private func disconnect() {
        free.removeAll()
        handle = nil
        // Those that libcurl has closed without saying so: the loop would keep them, and they this.
        for socket in sockets { socket?.forget(in: loop) }
        sockets.removeAll()
        concluding.removeAll()
        watched.removeAll()
        unseen.removeAll()
        halfOpen.removeAll()
        for timer in [timer, idleTimer] { timer.map(loop.release) }
        (timer, idleTimer) = (nil, nil)
        isWatchingIdle = false
        if isRetired { context.retired.removeAll { $0 === self } }
    }

    // MARK: For sockets

    func ready(_ socket: UpstreamSocket, _ readiness: Readiness) {
        guard !socket.wish.isNothing else {
            let isNews = socket.isShared && (inUse > 0 || !readiness.isEnd)
            socket.surprised(loop, mayBePaused: !unseen.isEmpty || isNews)
            noteEnd(readiness, of: socket)
            return
        }
        let transfer = socket.transfer
        multi.socketReady(
            socket.descriptor,
            readable: readiness.isWorthReading,
            writable: readiness.isWritable,
            failed: readiness.hasFailed
        )
        if !halfOpen.isEmpty { lookForEnds() }
        guard let transfer else { return }
        finishSendingIfDone(transfer, on: socket)
        noteEnd(readiness, of: socket)
    }

    private func isWaitingForBody(_ socket: UpstreamSocket) -> Bool {
        guard !socket.isShared, let transfer = socket.transfer, transfer.isActive, transfer.socket == socket.descriptor
        else {
            return false
        }
        return transfer.isSendingPaused && !transfer.isReceivingPaused
    }

    /// 7.88 does not end a transfer whose upload is paused when the backend has closed: nobody would ever hear of it. But
    /// first comes what the backend has sent before that.
    private func noteEnd(_ readiness: Readiness, of socket: UpstreamSocket) {
        guard readiness.isEnd, isWaitingForBody(socket),
            socket.wish.isNothing || !Socket(descriptor: socket.descriptor).hasInput
        else { return }
        socket.isPeerClosed = true
        conclude(socket)
    }

    /// Has ``runDue()`` find out whether the socket's transfer is over.
    private func conclude(_ socket: UpstreamSocket) {
        if !concluding.contains(where: { $0 === socket }) { concluding.append(socket) }
        context.markDue(self)
    }

    /// It is known which socket is `transfer`'s, or that it needs none any more. When that holds for all, so it is known of
    /// the others that they are idle, and what came there meanwhile is for nobody.
    private func isSeen(_ transfer: Transfer) {
        unseen.removeAll { $0 === transfer }
        guard unseen.isEmpty else { return }
        for socket in sockets { socket?.lookIfIdle(in: loop) }
    }

    private func remember(_ socket: UpstreamSocket) {
        while sockets.count <= Int(socket.descriptor) { sockets.append(nil) }
        sockets[Int(socket.descriptor)] = socket
    }

    private func forget(_ descriptor: Int32) {
        guard let socket = socket(descriptor) else { return }
        socket.deregister(from: loop)
        sockets[Int(descriptor)] = nil
    }

    func socket(_ descriptor: Int32) -> UpstreamSocket? {
        sockets.indices.contains(Int(descriptor)) ? sockets[Int(descriptor)] : nil
    }
}

extension Upstream: MultiHandleDelegate {
    func multiHandle(_ multi: MultiHandle, wants wish: SocketWish, of descriptor: Int32, for transfer: Transfer?) {
        if let socket = socket(descriptor) {
            socket.set(wish, for: transfer, in: loop)
            if !unseen.isEmpty, let transfer { isSeen(transfer) }
            // That libcurl does not even want to read, though nobody has asked it to pause, says that it has read all.
            if wish.isNothing, !socket.isConcluded, isWaitingForBody(socket) {
                socket.isConcluded = true
                conclude(socket)
            }
            if socket.isForeign && wish.isNothing { forget(descriptor) }
        } else if !wish.isNothing {
            // Not one that it asked us to open: a socket pair of the resolver's thread, which it closes by itself.
            let socket = UpstreamSocket(descriptor, of: self, isForeign: true)
            remember(socket)
            socket.set(wish, for: nil, in: loop)
        }
    }

    func multiHandle(_ multi: MultiHandle, wantsTimeout milliseconds: Int?) {
        switch milliseconds {
        case nil:
            if let timer { loop.clear(timer) }
        case 0:
            context.markDue(self)
        case .some(let milliseconds):
            let deadline = loop.now.advanced(byNanoseconds: UInt64(milliseconds) * 1_000_000)
            if let timer { loop.set(timer, to: deadline) }
        }
    }

    func multiHandle(_ multi: MultiHandle, opened descriptor: Int32) {
        // Before 8.2 libcurl closes a socket whose connect failed without saying so, and then may get the same number for
        // its next attempt: `localhost` refused on ::1 and tried on 127.0.0.1. What it wanted of the old one it wants of
        // the new one too, and does not say again.
        let old = socket(descriptor)
        old?.forget(in: loop)
        let new = UpstreamSocket(descriptor, of: self, isForeign: false)
        new.isShared = target.speaksHTTP2
        remember(new)
        if let old, !old.wish.isNothing { new.set(old.wish, for: old.transfer, in: loop) }
    }

    func multiHandle(_ multi: MultiHandle, socketOfUnseen transfer: Transfer) -> Int32? {
        // It has one with others, on which nothing is wanted as long as all of them are paused.
        if transfer.mayShareConnection { return nil }
        var found: UpstreamSocket?
        for socket in sockets {
            guard let socket, !socket.isForeign, socket.wish.isNothing, !socket.isShutDown else { continue }
            if let owner = socket.transfer, owner !== transfer, owner.isActive, owner.socket == socket.descriptor {
                continue
            }
            if transfer.localPort > 0, Socket(descriptor: socket.descriptor).localPort != transfer.localPort {
                continue
            }
            // A Unix domain socket has no port: if several are idle, it may be any of them. CURLINFO_ACTIVESOCKET tells only
            // when the transfer is over (7.88, 8.14).
            if found != nil {
                if !unseen.contains(where: { $0 === transfer }) { unseen.append(transfer) }
                return nil
            }
            found = socket
        }
        found?.set(.nothing, for: transfer, in: loop)
        return found?.descriptor
    }

    func multiHandle(_ multi: MultiHandle, willClose descriptor: Int32) {
        forget(descriptor)
    }
}

extension Upstream: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        if timer == idleTimer { closeIdle(at: now) } else { context.markDue(self) }
    }
}
