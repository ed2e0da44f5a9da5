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
    /// For the strategies that hash.
    package var hash = HashConfiguration()
    package var queue = QueueConfiguration()
    /// `nil`, the default, ejects nobody.
    package var outlier: OutlierConfiguration?
    package var limits = PoolLimitsConfiguration()
    /// `nil`, the default, sets no such limit.
    package var adaptiveConcurrency: AdaptiveConcurrencyConfiguration?
    /// `nil`, the default, leaves every request to the strategy.
    package var sticky: StickyConfiguration?
    /// How long a backend that has come back takes to its full share; `nil`, the default, gives it at once.
    package var slowStart: Duration?
    /// Default: reject.
    package var whenAllDown = WhenAllDown.reject

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
