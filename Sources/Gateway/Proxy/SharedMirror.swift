// SPDX-License-Identifier: Apache-2.0

/// A route's mirror as all workers see it: which requests are copied, where the copies go, and how many are under way.
final class SharedMirror: Sendable {
    /// Index in the configuration's pools.
    let pool: Int
    private let percent: Percentage
    /// Counts the copies of all workers.
    let gate: PoolGate
    let concurrency: Int

    /// `nil` where no request is copied. With `previous`, the route's before the configuration changed, copies that are under
    /// way go on counting.
    init?(_ route: Route, after previous: SharedMirror? = nil) {
        guard let pool = route.mirrorPool, let configuration = route.overrides.mirror else { return nil }
        self.pool = pool
        percent = configuration.percent
        concurrency = configuration.concurrency
        gate = previous?.gate ?? PoolGate(fixed: configuration.concurrency)
    }

    /// See ``Snapshot/takeOver()``.
    func takeOver() { gate.change(fixed: concurrency, adaptive: nil) }

    /// Whether the request with this id is one of those that are copied. Ids are random; a split among pools goes by their
    /// other half, so that each pool's requests are copied alike.
    func isDrawn(_ id: RequestID) -> Bool { Percentage.place(of: id.low) < percent.hundredths }
}
