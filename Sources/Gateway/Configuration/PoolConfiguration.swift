// SPDX-License-Identifier: Apache-2.0

/// A named group of backends and the policies that they share.
package struct PoolConfiguration: Sendable, Equatable {
    /// The name that routes and the log use.
    package var name: String
    /// The name of a balancing strategy, as the strategy registry knows it. Default `round_robin`.
    package var strategy: String
    /// In the order of the file, which is the order of round robin. Never empty.
    package var backends: [BackendConfiguration]
    package var healthCheck: HealthCheckConfiguration
    package var retry: RetryConfiguration
    package var timeouts: TimeoutsConfiguration

    package init(
        name: String,
        strategy: String = "round_robin",
        backends: [BackendConfiguration],
        healthCheck: HealthCheckConfiguration = HealthCheckConfiguration(),
        retry: RetryConfiguration = RetryConfiguration(),
        timeouts: TimeoutsConfiguration = TimeoutsConfiguration()
    ) {
        self.name = name
        self.strategy = strategy
        self.backends = backends
        self.healthCheck = healthCheck
        self.retry = retry
        self.timeouts = timeouts
    }
}

/// How the backends of a pool are pinged.
package struct HealthCheckConfiguration: Sendable, Equatable {
    /// The request target of a ping. Default `/`.
    package var path: String
    /// From one round of pings to the next. Default 5 s.
    package var interval: Duration
    /// A ping that has no answer by then has failed. Default 3 s.
    package var timeout: Duration
    /// The status codes that count as healthy. Default 200-399.
    package var expectStatus: ClosedRange<Int>
    /// How many good pings in a row bring a backend back. Default 1.
    package var rise: Int
    /// How many failed pings in a row take a backend out. Default 1.
    package var fall: Int

    package init(
        path: String = "/",
        interval: Duration = .seconds(5),
        timeout: Duration = .seconds(3),
        expectStatus: ClosedRange<Int> = 200...399,
        rise: Int = 1,
        fall: Int = 1
    ) {
        self.path = path
        self.interval = interval
        self.timeout = timeout
        self.expectStatus = expectStatus
        self.rise = rise
        self.fall = fall
    }
}

/// How long the parts of an upstream exchange may take.
package struct TimeoutsConfiguration: Sendable, Equatable {
    /// Name lookup, TCP and TLS together, for each attempt. Default 3 s.
    package var connect: Duration
    /// From the end of the request to the first byte of the response. Default 30 s.
    package var firstByte: Duration
    /// Without a byte in either direction, once the response has begun. Default 60 s.
    package var idle: Duration
    /// The whole exchange, retries included, but for tunnels and event streams. `nil` sets no limit. Default 1 h.
    package var total: Duration?
    /// A tunnel (after 101) through which nothing has gone in either direction for so long is closed. Default 1 h.
    package var tunnel: Duration
    /// A connection to a backend that no request has used for so long is closed. Default 60 s.
    package var keepAlive: Duration

    package init(
        connect: Duration = .seconds(3),
        firstByte: Duration = .seconds(30),
        idle: Duration = .seconds(60),
        total: Duration? = .seconds(3600),
        tunnel: Duration = .seconds(3600),
        keepAlive: Duration = .seconds(60)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
        self.tunnel = tunnel
        self.keepAlive = keepAlive
    }
}

/// When a failed request goes to another backend.
package struct RetryConfiguration: Sendable, Equatable {
    /// The kinds of failure that may be retried.
    package enum Condition: String, Sendable, CaseIterable {
        /// No connection was made, so nothing was sent: safe for every request.
        case connect
        /// The connection died before a response: for idempotent requests.
        case reset
        /// The backend was too slow: for idempotent requests.
        case timeout
    }

    /// Attempts in all, the first one included. 1 means no retries. Default 3.
    package var attempts: Int
    /// Default: all three.
    package var on: Set<Condition>
    /// How much of a request body is kept so that it can be sent again. Default 64 KiB.
    package var bodyBuffer: Int

    package init(attempts: Int = 3, on: Set<Condition> = [.connect, .reset, .timeout], bodyBuffer: Int = 64 * 1024) {
        self.attempts = attempts
        self.on = on
        self.bodyBuffer = bodyBuffer
    }
}
