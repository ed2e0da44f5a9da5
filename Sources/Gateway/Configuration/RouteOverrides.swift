// SPDX-License-Identifier: Apache-2.0

/// What is different for the requests of one route. What is not set is as the pool or the gateway has it.
package struct RouteOverrides: Sendable, Equatable {
    /// Instead of the pool's; its `connect` and `keepAlive` are not looked at.
    package var timeouts: TimeoutsConfiguration?
    /// Instead of the pool's.
    package var retry: RetryConfiguration?
    /// Bytes of a request body; the outer `nil` leaves the gateway's limit, the inner one sets none.
    package var bodyBytes: Int??
    /// Between two reads of a request body.
    package var bodyTimeout: Duration?
    package var pathRewrite: PathRewrite?
    package var requestHeaders = HeaderEdits()
    package var responseHeaders = HeaderEdits()
    package var rateLimit: RateLimitConfiguration?
    /// Requests of one client address, or one IPv6 network of 64 bits, at once; `nil` sets no limit.
    package var concurrencyPerClient: Int?
    package var access: AccessConfiguration?
    package var basicAuth: BasicAuthConfiguration?
    package var mirror: MirrorConfiguration?
    /// Which of its requests leave REQUEST, RESPONSE and MIRROR records, instead of the gateway's `log.access`.
    package var log: LogConfiguration.Access?

    package init() {}
}

extension RouteOverrides {
    /// What holds for the route's requests where these are the gateway's limits.
    func limits(over gateway: LimitsConfiguration) -> LimitsConfiguration {
        var limits = gateway
        if let timeout = bodyTimeout { limits.bodyTimeout = timeout }
        if let maximum = bodyBytes { limits.bodyBytes = maximum }
        return limits
    }

    /// What holds for the route's requests in a pool with these timeouts.
    func timeouts(over pool: TimeoutsConfiguration) -> TimeoutsConfiguration {
        var timeouts = self.timeouts ?? pool
        timeouts.connect = pool.connect
        return timeouts
    }
}

/// Puts one prefix of the path in place of another. A path that does not begin with `from` stays as it is.
package struct PathRewrite: Sendable, Equatable {
    package var from: String
    /// Empty where the prefix is only taken away.
    package var to: String

    package init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

/// Changes to the header fields of a request or a response, made in this order: remove, set, add.
package struct HeaderEdits: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
        /// The value is not to be shown: it came from the environment, as secrets do.
        package var isSecret = false

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var remove: [String] = []
    /// In place of every field of that name.
    package var set: [Field] = []
    package var add: [Field] = []

    package var isEmpty: Bool { remove.isEmpty && set.isEmpty && add.isEmpty }

    package init() {}
}

/// Sends a copy of each request elsewhere, and throws the answer away.
package struct MirrorConfiguration: Sendable, Equatable {
    package var pool: String
    /// The share of requests that are copied. Default 100.
    package var percent = Percentage.whole
    /// Copies under way at once, over all workers; beyond that none is sent. Default 100.
    package var concurrency = 100

    package init(pool: String) {
        self.pool = pool
    }
}
