// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// One pool as one worker sees it: the shared balancer and health, and this worker's own connections to its backends.
final class PoolUpstreams {
    let shared: SharedPool
    /// The pool's name, for the log. A copy: to count who uses one array would have the workers wait for one another.
    let name: [UInt8]
    /// Where requests wait for a backend with room; `nil` where there always is.
    private(set) var room: WaitingRoom?
    /// What this worker counts of the pool.
    let counters: Counters
    private unowned let context: ProxyContext
    /// Indexed by ``Backend/index``; made when first needed, since each costs two descriptors.
    private var upstreams: [Upstream?]
    /// Indexed in the same way; `nil` for backends whose requests are not signed.
    let signers: [RequestSigner?]
    /// The configuration has changed, and this is no longer what it says: whoever chooses a backend does so in the pool that
    /// has this one's name now, if there is one; see ``ProxyContext/present(_:)``.
    private(set) var isRetired = false

    init(_ shared: SharedPool, context: ProxyContext) throws(SystemError) {
        self.shared = shared
        name = shared.pool.nameBytes.map(\.self)
        self.context = context
        counters = shared.metrics.counters.part(ofWorker: context.number)
        signers = shared.pool.backends.map { $0.options.awsSigV4.map(RequestSigner.init) }
        if let queue = shared.queue { room = try WaitingRoom(queue, context: context) } else { room = nil }
        upstreams = Array(repeating: nil, count: shared.pool.backends.count)
    }

    /// Closes every connection to its backends. Nothing may be in flight.
    func close() {
        room?.close()
        for upstream in upstreams { upstream?.close() }
    }

    /// See ``ProxyContext/trim()``.
    func trim() -> Int {
        upstreams.reduce(0) { $0 + ($1?.trim() ?? 0) }
    }

    /// This worker's way to `backend`.
    func upstream(for backend: Backend) -> Upstream {
        if let upstream = upstreams[backend.index] { return upstream }
        let upstream = Upstream(
            backend,
            timeouts: shared.pool.timeouts,
            counters: shared.backendMetrics[backend.index].counters.part(ofWorker: context.number),
            context: context
        )
        upstreams[backend.index] = upstream
        if isRetired { upstream.retire() }
        return upstream
    }

    // MARK: Changes of the configuration

    /// Goes on with the connections of `previous`, the pool of this name before the configuration changed, to the backends
    /// that have stayed the same, and with those who wait there.
    func takeOver(from previous: PoolUpstreams) {
        let (timeouts, before) = (shared.pool.timeouts, previous.shared.pool.timeouts)
        if shared.queue === previous.shared.queue, let old = previous.room {
            room?.close()
            room = old
            previous.hasGivenRoom = true
            // There may be more places now.
            context.serveSoon(old)
        }
        guard timeouts.connect == before.connect, timeouts.keepAlive == before.keepAlive else { return }
        for (index, place) in shared.pool.places(in: previous.shared.pool).enumerated() {
            guard let place, let upstream = previous.upstreams[place] else { continue }
            // Connections that were made with other certificates are for the requests that they have; and libcurl would take
            // authorities that it has read for as good as new.
            let tls = previous.shared.pool.backends[place].options.tls
            guard shared.pool.backends[index].options.tls == tls else { continue }
            upstream.backend = shared.pool.backends[index]
            upstreams[index] = upstream
            previous.upstreams[place] = nil
        }
    }

    /// Lets go of the connections that nobody has taken over, as soon as nobody uses them, and has those who wait look for
    /// a backend in the present pool.
    func retire() {
        isRetired = true
        for upstream in upstreams { upstream?.retire() }
        if !hasGivenRoom { room?.retire() }
    }

    /// ``room`` belongs to the next pool.
    private var hasGivenRoom = false
}
