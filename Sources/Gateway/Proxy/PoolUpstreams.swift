// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// One pool as one worker sees it: the shared balancer and health, and this worker's own connections to its backends.
final class PoolUpstreams {
    let shared: SharedPool
    /// Where requests wait for a backend with room; `nil` where there always is.
    let room: WaitingRoom?
    private unowned let context: ProxyContext
    /// Indexed by ``Backend/index``; made when first needed, since each costs two descriptors.
    private var upstreams: [Upstream?]
    /// Indexed in the same way; `nil` for backends whose requests are not signed.
    let signers: [RequestSigner?]

    init(_ shared: SharedPool, context: ProxyContext) throws(SystemError) {
        self.shared = shared
        self.context = context
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
        let upstream = Upstream(backend, timeouts: shared.pool.timeouts, context: context)
        upstreams[backend.index] = upstream
        return upstream
    }
}
