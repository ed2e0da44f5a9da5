// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc

@testable import Gateway
@testable import Reactor

/// A worker's context without a worker: its loop runs when the test says so, in slices of a few milliseconds.
final class UpstreamBench {
    let context: ProxyContext
    let upstream: Upstream
    private let sink: LogSink

    private static let library = Result { () throws(CurlError) in try CurlLibrary.load() }

    init(_ origin: FakeOrigin) throws {
        _ = try Self.library.get()
        var configuration = GatewayConfiguration(backends: [BackendConfiguration(url: .at(origin.endpoint))])
        configuration.log = LogConfiguration(format: .text, output: .file("/dev/null"))
        let snapshot = try Snapshot(configuration, shared: SharedState())
        sink = try LogSink(configuration: configuration.log)
        context = try ProxyContext(loop: try EventLoop(), log: sink.makeAccessLog(), snapshot: snapshot)
        upstream = context.generation.pools[0].upstream(for: context.generation.pools[0].shared.pool.backends[0])
    }

    func start(_ target: String, uploading: Bool = false) throws -> UpstreamFetch {
        let fetch = UpstreamFetch(try upstream.take(), of: upstream)
        try fetch.start(target, uploading: uploading)
        return fetch
    }

    /// Runs turns until `condition` holds.
    func run(_ what: String, until condition: () -> Bool) throws {
        let deadline = Deadline.usual
        while !condition() {
            if deadline.hasPassed { throw KitError.deadline(waitingFor: what) }
            turn()
        }
    }

    func run(_ what: String, milliseconds: UInt64) throws {
        let end = MonotonicTime.now().advanced(byNanoseconds: milliseconds * 1_000_000)
        while MonotonicTime.now() < end { turn() }
    }

    /// One turn as a worker does it, which sleeps for 2 ms at most.
    private func turn() {
        let owner = OneTurn(context)
        let timer = context.loop.makeTimer(owner)
        context.loop.set(timer, to: context.loop.refreshNow().advanced(byNanoseconds: 2_000_000))
        context.loop.runOnce(owner: owner)
        context.loop.release(timer)
    }

    func close() {
        context.close()
        sink.stop(within: .seconds(5))
    }

    private final class OneTurn: EventLoopOwner, TimerHandler {
        private let context: ProxyContext

        init(_ context: ProxyContext) { self.context = context }

        func finishTurn() { _ = context.runLibcurl() }

        func timerFired(_ timer: TimerID, at now: MonotonicTime) {}
    }
}

/// A request through an upstream: a GET, or an upload whose body never comes.
final class UpstreamFetch: TransferDelegate {
    let transfer: Transfer
    private let upstream: Upstream
    private(set) var text = ""
    private(set) var count = 0
    private(set) var isPeerClosed = false
    private(set) var result: CurlCode?
    var takesBody = true
    /// Called when libcurl has chosen a connection and not sent anything yet.
    var beforeSending: () -> Void = {}

    init(_ transfer: Transfer, of upstream: Upstream) {
        self.transfer = transfer
        self.upstream = upstream
    }

    func start(_ target: String, uploading: Bool) throws {
        let framing = uploading ? "Transfer-Encoding: chunked\r\n" : ""
        let body: RequestBody = uploading ? .framed : .none
        let head = "\(target)\(RequestText.afterTarget)Host: a\r\n\(framing)\(RequestText.lastLine)"
        try head.withCString {
            try transfer.prepare(RequestText(method: nil, isHead: false, head: $0, hasHost: true), body: body)
        }
        transfer.delegate = self
        try upstream.start(transfer)
    }

    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool {
        beforeSending()
        return true
    }

    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision { .taken }

    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision {
        guard takesBody else { return .pause }
        count += bytes.count
        if count < 1000 { text += String(decoding: bytes, as: UTF8.self) }
        return .taken
    }

    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision { .pause }

    func transferPeerClosed(_ transfer: Transfer) { isPeerClosed = true }

    func transferFinished(_ transfer: Transfer, _ code: CurlCode) {
        result = code
        upstream.give(transfer)
    }
}
