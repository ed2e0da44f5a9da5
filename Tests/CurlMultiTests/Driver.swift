// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc
import Reactor
import Testing

/// A multi handle in an event loop, driven by the test's own thread for as long as the test wants.
final class Driver {
    let hub: Hub
    private var handle: MultiHandle?
    var multi: MultiHandle {
        guard let handle else { preconditionFailure("the driver is gone") }
        return handle
    }

    /// libcurl wants to be set up once. Whatever the environment says of proxies must not matter to any test.
    private static let library = Result { () throws(CurlError) in
        for name in ["http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"] { setenv(name, "http://127.0.0.1:1", 1) }
        return try CurlLibrary.load()
    }

    /// The libcurl that runs, as 0xXXYYZZ.
    static var version: UInt32 { (try? library.get().versionNumber) ?? 0 }

    private let headStyle: HeadStyle

    init(_ headStyle: HeadStyle = .proven) throws {
        self.headStyle = headStyle
        _ = try Driver.library.get()
        hub = try Hub()
        handle = try MultiHandle(delegate: hub, maxConnections: 100, isPlain: true)
        hub.multi = handle
    }

    deinit {
        // It calls its delegate while it closes its connections, so it goes first.
        handle = nil
        hub.shutDown()
    }

    /// A transfer that points at `origin`.
    func transfer(to origin: FakeOrigin, connectTimeout: Int = 20_000, totalTimeout: Int = 0) throws -> Transfer {
        let socket: String? = if case .unix(let path) = origin.endpoint { path } else { nil }
        let url = socket == nil ? "\(origin.url)/" : "http://localhost/"
        return try transfer(url, unixSocket: socket, connectTimeout: connectTimeout, totalTimeout: totalTimeout)
    }

    func transfer(
        _ url: String,
        unixSocket: String? = nil,
        connectTimeout: Int = 20_000,
        totalTimeout: Int = 0
    ) throws -> Transfer {
        var target = TransferTarget(
            url: url,
            unixSocket: unixSocket,
            connectTimeoutMilliseconds: connectTimeout,
            totalTimeoutMilliseconds: totalTimeout
        )
        target.headStyle = headStyle
        return try Transfer(target, multi: multi)
    }

    /// Starts `fetch`.
    func start(_ fetch: Fetch) throws {
        try fetch.prepare()
        fetch.transfer.delegate = fetch
        try multi.start(fetch.transfer)
        hub.isDue = true
    }

    /// Cancels a transfer and lets go of its delegate, which holds it.
    func cancel(_ transfer: Transfer) {
        multi.cancel(transfer)
        transfer.delegate = nil
    }

    /// Starts `fetch` and runs until it has ended.
    @discardableResult
    func finish(_ fetch: Fetch) throws -> CurlCode {
        try start(fetch)
        try run("the end of \(fetch.method)") { fetch.result != nil }
        return try #require(fetch.result)
    }

    /// Runs until `condition` holds, which is looked at in each turn, outside of libcurl.
    func run(_ what: String, until condition: @escaping () -> Bool) throws {
        try hub.run(what, until: condition)
    }

    /// Runs for so many milliseconds: only time can show that nothing happens.
    func run(milliseconds: UInt64) throws {
        let end = MonotonicTime.now().advanced(byNanoseconds: milliseconds * 1_000_000)
        try hub.run("nothing", wakingAt: end) { MonotonicTime.now() >= end }
    }
}

/// Joins a multi handle to a loop. A loop runs once, so each run has one of its own, which takes over what is watched.
final class Hub: EventLoopOwner, EventHandler, TimerHandler, MultiHandleDelegate {
    fileprivate(set) weak var multi: MultiHandle?
    var isDue = false
    /// Sockets of which an event said that the peer has closed its side.
    private(set) var peerClosed: Set<Int32> = []
    private(set) var opened: [Int32] = []

    private var loop: EventLoop
    private var timer = TimerID.none
    private var deadline = MonotonicTime.distantFuture
    private var watched: [Int32: Interest] = [:]
    private var condition: () -> Bool = { true }

    init() throws {
        loop = try EventLoop()
    }

    /// Ends the loop's hold on this object, which holds the loop.
    func shutDown() {
        watched = [:]
        condition = { true }
        if let fresh = try? EventLoop() { loop = fresh }
    }

    func run(_ what: String, wakingAt wake: MonotonicTime = .distantFuture, until condition: @escaping () -> Bool)
        throws
    {
        for descriptor in watched.keys { loop.deregister(descriptor) }
        loop = try EventLoop()
        defer { timer = .none }
        for (descriptor, interest) in watched { try loop.register(descriptor, interest, handler: self) }
        timer = loop.makeTimer(self)
        loop.set(timer, to: deadline)
        loop.set(loop.makeTimer(self), to: wake)
        let limit = Deadline.usual
        loop.set(loop.makeTimer(self), to: loop.refreshNow().advanced(byNanoseconds: 20_500_000_000))
        var isTooLate = false
        self.condition = {
            isTooLate = limit.hasPassed
            return isTooLate || condition()
        }
        loop.run(owner: self)
        if isTooLate && !condition() { throw KitError.deadline(waitingFor: what) }
    }

    func finishTurn() {
        while isDue {
            isDue = false
            multi?.timeoutExpired()
        }
        if condition() { loop.stop() }
        // The condition may have started or resumed something.
        if isDue { loop.skipSleep() }
    }

    func handle(_ readiness: Readiness, on descriptor: Int32) {
        if readiness.hasPeerClosed || readiness.isHungUp { peerClosed.insert(descriptor) }
        multi?.socketReady(
            descriptor,
            readable: readiness.isWorthReading,
            writable: readiness.isWritable,
            failed: readiness.hasFailed
        )
    }

    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        if timer == self.timer { isDue = true }
    }

    func multiHandle(_ multi: MultiHandle, wants wish: SocketWish, of socket: Int32, for transfer: Transfer?) {
        switch wish {
        case .nothing:
            loop.deregister(socket)
            watched[socket] = nil
        case .readable: watch(socket, .readable)
        case .writable: watch(socket, .writable)
        case .both: watch(socket, [.readable, .writable])
        }
    }

    private func watch(_ socket: Int32, _ interest: Interest) {
        if watched[socket] != nil {
            loop.setInterest(interest, of: socket)
        } else {
            #expect(throws: Never.self) { try loop.register(socket, interest, handler: self) }
        }
        watched[socket] = interest
    }

    func multiHandle(_ multi: MultiHandle, wantsTimeout milliseconds: Int?) {
        deadline = .distantFuture
        if milliseconds == 0 { isDue = true }
        if let milliseconds, milliseconds > 0 {
            deadline = loop.refreshNow().advanced(byNanoseconds: UInt64(milliseconds) * 1_000_000)
        }
        // Between two runs it is noted, and the next one sets it.
        if timer != .none { loop.set(timer, to: deadline) }
    }

    func multiHandle(_ multi: MultiHandle, opened socket: Int32) {
        opened.append(socket)
        peerClosed.remove(socket)
        // Before 8.2 libcurl closes a socket that could not connect without saying so, and wants of the next one, which
        // has the same number, what it wanted of that one.
        if let interest = watched.removeValue(forKey: socket) {
            loop.forgetClosed(socket)
            watch(socket, interest)
        }
    }

    func multiHandle(_ multi: MultiHandle, willClose socket: Int32) {
        loop.deregister(socket)
        watched[socket] = nil
    }
}
