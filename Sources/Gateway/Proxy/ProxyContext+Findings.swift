// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What attempts tell of the backends that they were made at.
extension ProxyContext {
    /// Takes a backend that is to blame out of rotation, at once.
    func report(_ error: ProxyError, of backend: Backend, in pool: SharedPool) {
        guard error.origin == .backend else { return }
        let health = pool.health
        if error.isLackOfAnswer { health.wentUnanswered(backend) }
        guard error.speaksAgainstBackend else { return }
        let now = loop.now.nanoseconds
        if health.failedWhileProxying(backend, at: now, reason: error.reason) != nil { log.news(of: health) }
    }

    /// Tells health what a backend has answered.
    func noteAnswer(_ status: Int, of backend: Backend, in pool: SharedPool, after latency: UInt64) {
        pool.health.answered(backend, status: status, latency: latency, at: loop.now.nanoseconds)
        if status >= 500 { log.news(of: pool.health) }
    }
}

extension SharedPool {
    /// A strategy that goes by it learns how long the backend took to answer, in nanoseconds. One that failed took at least a
    /// second: to refuse at once is not to be fast.
    func tellLatency(of backend: Backend, _ firstByte: UInt64?, _ error: ProxyError?, since began: MonotonicTime) {
        let now = MonotonicTime.now()
        if let firstByte {
            backend.observed(firstByteNanoseconds: firstByte, at: now.nanoseconds)
        } else if error?.speaksAgainstBackend == true {
            let waited = max(1_000_000_000, now.nanoseconds(since: began))
            backend.observed(firstByteNanoseconds: waited, at: now.nanoseconds)
        }
    }
}
