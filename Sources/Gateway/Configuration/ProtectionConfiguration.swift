// SPDX-License-Identifier: Apache-2.0

/// Takes a backend out for a time when it answers, but not well.
package struct OutlierConfiguration: Sendable, Equatable {
    /// So many 5xx in a row take a backend out; `nil` for none. Default 5.
    package var consecutive5xx: Int? = 5
    /// So large a share of failed requests within the window takes it out, in per cent; `nil`, the default, for none.
    package var failurePercent: Int?
    /// A median time to the first byte so many times the pool's takes it out; `nil`, the default, for none.
    package var latencyFactor: Double?
    /// How far back failures and latency are looked at. Default 10 s.
    package var window = Duration.seconds(10)
    /// Share and latency count only from so many requests to the backend within the window on. Default 20.
    package var minimumRequests = 20
    /// How long a backend is out the first time; the n-th time in a row n times as long. Default 30 s.
    package var ejectFor = Duration.seconds(30)
    /// It is never out longer than that. Default 5 min.
    package var maximumEjection = Duration.seconds(300)
    /// No more of the pool's backends than this share are out at once because of it, in per cent. Default 50.
    package var maximumEjectedPercent = 50

    package init() {}
}

/// How many requests a pool may have at once.
package struct PoolLimitsConfiguration: Sendable, Equatable {
    /// Requests at the pool's backends, over all workers; one more is answered 503. `nil`, the default, sets no limit.
    package var activeRequests: Int?
    /// Attempts beyond the first that may be under way at once; `nil`, the default, leaves it to the retry budget.
    package var activeRetries: Int?

    package init() {}
}

/// Finds out by latency how many requests a pool can have at once, and rejects the rest.
package struct AdaptiveConcurrencyConfiguration: Sendable, Equatable {
    /// The limit never falls below this. Default 10.
    package var minimum = 10
    /// Nor does it rise above this. Default 1,000.
    package var maximum = 1000

    package init() {}
}
