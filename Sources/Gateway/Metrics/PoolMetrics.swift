// SPDX-License-Identifier: Apache-2.0

/// What is counted of one pool, for as long as a pool of this name is there or still has something in flight.
final class PoolMetrics: Sendable {
    let name: String
    /// By ``PoolLayout``.
    let counters = SharedCounters(count: PoolLayout.words)
    private let backends = Locked<[String: WeakBackendMetrics]>([:])

    init(name: String) {
        self.name = name
    }

    /// What is counted of the backend with this label, which goes on where it was.
    func backend(_ label: String) -> BackendMetrics {
        backends.withLock { backends in
            if let metrics = backends[label]?.metrics { return metrics }
            backends = backends.filter { $0.value.metrics != nil }
            let metrics = BackendMetrics(label: label)
            backends[label] = WeakBackendMetrics(metrics)
            return metrics
        }
    }
}

/// What is counted of one backend of a pool, whichever configuration names it.
final class BackendMetrics: Sendable {
    /// Its URL, which a pool has once.
    let label: String
    /// By ``BackendLayout``.
    let counters = SharedCounters(count: BackendLayout.words)
    private struct Past {
        /// The last minute.
        var window = LatencyWindow()
        /// The last five.
        var history = BackendHistory()
        /// When it was last looked at; 0 before the first time.
        var taken: UInt64 = 0
    }
    private let past = Locked(Past())

    init(label: String) {
        self.label = label
    }

    /// Looks at what is counted; `now` is in nanoseconds of the monotonic clock. To be called every few seconds.
    func sample(at now: UInt64) {
        let sums = counters.sums
        past.withLock { past in
            let passed = past.taken == 0 || now < past.taken ? 0 : now - past.taken
            let point = past.window.take(sums, after: passed)
            // The first look has nothing to be compared with.
            if past.taken > 0 { past.history.add(point) }
            past.taken = now
        }
    }

    /// The last minute as it is known, and how long ago it was last looked at, in nanoseconds.
    func lastMinute(at now: UInt64) -> (window: LatencyWindow, age: UInt64) {
        past.withLock { ($0.window, $0.taken == 0 || now < $0.taken ? 0 : now - $0.taken) }
    }

    /// The last five minutes, and when they were last looked at, in nanoseconds of the monotonic clock.
    var history: (points: [BackendHistory.Point], until: UInt64) {
        past.withLock { ($0.history.points, $0.taken) }
    }
}

private final class WeakBackendMetrics {
    weak var metrics: BackendMetrics?

    init(_ metrics: BackendMetrics) {
        self.metrics = metrics
    }
}
