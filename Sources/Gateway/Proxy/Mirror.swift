// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// A route's mirror on one worker: makes copies of requests, and keeps those that are under way.
///
/// A copy is nobody's answer, so nothing waits for it: it has its own memory, transfer and time limits, outlives the client
/// that it was made for, and where there is no room for it there is none.
final class Mirror {
    /// Why a request was not copied.
    enum Obstacle: CaseIterable {
        case tooMany, bodyTooLarge, poolFull, backendsFull, noBackend
    }

    let shared: SharedMirror
    let pool: PoolUpstreams
    unowned let context: ProxyContext
    let limits: RequestLimits
    let timeLimits: ExchangeDeadlines.Limits
    private var underWay: [MirrorCopy] = []
    private var free = FreeList<MirrorCopy>(keeping: 256)
    /// No configuration has it any more.
    private var isRetired = false
    private var complaints = Obstacle.allCases.map { _ in Complaint() }

    init(_ shared: SharedMirror, to pool: PoolUpstreams, _ limits: RequestLimits, context: ProxyContext) {
        self.shared = shared
        self.context = context
        self.pool = pool
        self.limits = limits
        timeLimits = ExchangeDeadlines.Limits(pool.shared.pool.timeouts, limits.configuration)
    }

    // MARK: Copies

    /// A copy to be filled and then sent, or dropped; `nil` where there is no room for one.
    func makeCopy(_ key: RequestKey, _ summary: consuming ExchangeSummary) -> MirrorCopy? {
        // A request that began before the configuration changed and goes out behind it has no copy.
        guard !isRetired, let backend = admit(key) else { return nil }
        summary.backend = backend.name
        summary.pool = pool.shared.pool.nameBytes
        let copy = free.take() ?? MirrorCopy(of: self)
        copy.begin(to: backend, summary)
        copy.index = underWay.count
        underWay.append(copy)
        return copy
    }

    /// The backend for a copy, which counts as in flight there and at the gates.
    private func admit(_ key: RequestKey) -> Backend? {
        guard shared.gate.enter() else { return refuse(.tooMany) }
        guard pool.shared.gate?.enter() != false else {
            shared.gate.leave()
            return refuse(.poolFull)
        }
        let choice = pool.shared.pick(for: key, tried: BackendSet())
        if case .backend(let backend) = choice { return backend }
        leaveGates()
        if case .allFull = choice { return refuse(.backendsFull) }
        return refuse(.noBackend)
    }

    private func refuse(_ obstacle: Obstacle) -> Backend? {
        skipped(obstacle)
        return nil
    }

    private func leaveGates() {
        pool.shared.gate?.leave()
        shared.gate.leave()
    }

    /// The copy is over, or will not be sent.
    func ended(_ copy: MirrorCopy, at backend: Backend) {
        backend.requestEnded()
        pool.room?.placeFreed()
        leaveGates()
        let last = underWay.removeLast()
        if last !== copy {
            last.index = copy.index
            underWay[copy.index] = last
        }
        guard isRetired else { return free.give(copy) }
        if underWay.isEmpty { context.retiredMirrors.removeAll { $0 === self } }
    }

    /// A request was not copied. The log says so, once in a while.
    func skipped(_ obstacle: Obstacle) {
        guard let index = Obstacle.allCases.firstIndex(of: obstacle),
            let count = complaints[index].report(at: context.loop.now.nanoseconds)
        else { return }
        let pool = String(decoding: pool.shared.pool.nameBytes, as: UTF8.self)
        let what = count == 1 ? "a request was" : "\(count) requests were"
        context.log.diagnostic(
            level: .warning,
            message: "\(what) not mirrored to pool \(pool): \(reason(obstacle))",
            fields: [LogField("pool", .text(pool)), LogField("requests", .integer(Int64(count)))]
        )
    }

    private func reason(_ obstacle: Obstacle) -> String {
        switch obstacle {
        case .tooMany: "\(shared.concurrency) copies are under way, as many as mirror.concurrency allows"
        case .bodyTooLarge: "the body is larger than retry.body_buffer"
        case .poolFull: "the pool has as many requests as its limit allows"
        case .backendsFull: "each of its backends has as many requests as max_connections allows"
        case .noBackend: "none of its backends is healthy"
        }
    }

    // MARK: The end

    /// The configuration has changed: no more copies are made, and those that are under way finish.
    func retire() {
        isRetired = true
        free.removeAll()
        if !underWay.isEmpty { context.retiredMirrors.append(self) }
    }

    /// See ``ProxyContext/trim()``.
    func trim() -> Int { free.trim() }

    /// Ends every copy: the worker has served its clients, and waits for nobody else.
    func close() {
        while let copy = underWay.last { copy.stop() }
        free.removeAll()
    }
}
