// SPDX-License-Identifier: Apache-2.0

/// Requests that are under way while the configuration changes.
///
/// A request keeps what it began with: its route and policies, and the attempt that is under way. Only whoever has still to
/// choose a backend does so among those that there are now.
extension Exchange {
    /// Has the request choose among the backends of `pool` from now on, which has the name of its own. With `nil` there is no
    /// such pool any more, and what it was sent for can only be had from the backends that there were.
    func goOn(in pool: PoolUpstreams?) {
        guard let pool, let target, let old = target.pool else { return }
        let (before, now) = (old.shared.pool, pool.shared.pool)
        var tried = BackendSet()
        for (index, place) in now.places(in: before).enumerated() {
            if let place, self.tried.contains(place) { tried.insert(index) }
        }
        self.tried = tried
        self.target = RouteTarget(target, in: pool)
        seat = pool.shared.sticky.flatMap { findSeat($0, in: now) }
    }
}
