// SPDX-License-Identifier: Apache-2.0

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
    /// Each interval is longer or shorter by up to this share of it, by chance, in per cent. Default 10.
    package var jitterPercent = 10
    /// From one ping to the next while a backend is down; `nil`, the default, as ever.
    package var downInterval: Duration?
    /// Other codes that count as healthy too, beside ``expectStatus``.
    package var moreStatuses: Set<Int> = []
    /// What the answer's body must hold somewhere in its first 64 KiB; `nil`, the default, anything.
    package var expectBody: [UInt8]?
    /// Default GET.
    package var method = "GET"
    /// The Host field of pings; `nil`, the default, as the backend's URL or its own `host` says.
    package var host: String?
    /// How many requests in a row must fail there before it is taken out for that. Default 1: at once.
    package var passiveFall = 1

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
