// SPDX-License-Identifier: Apache-2.0

/// Everything that decides what the gateway does, validated and immutable.
///
/// A configuration is made once, by the command line or from a file, and then handed to every thread. Nothing in it
/// changes afterwards; a reload makes a new one.
package struct GatewayConfiguration: Sendable, Equatable {
    /// The addresses clients connect to. Default: `0.0.0.0:3000`.
    package var listen: [ListenAddress]
    /// How many worker threads serve clients. Default: one for each core.
    package var workers: WorkerCount
    /// How long requests in flight may take to finish after SIGTERM. Default 9 s, since Docker kills after 10.
    package var drainTimeout: Duration
    /// How long the gateway goes on as before after SIGTERM, but says that it is not ready, so that a balancer in front of it
    /// sends its clients elsewhere. Default 0.
    package var drainDelay = Duration.zero
    /// When the configuration is read again without being asked to: when its file has changed. Default `nil`: never.
    package var reloadOnChange: Duration?
    /// Where metrics and the admin API are served. Default `nil`: nowhere.
    package var admin: AdminConfiguration?
    /// The proxies in front of the gateway that may say, in header fields or a PROXY protocol header, who their client
    /// is. Default: none.
    package var trustedProxies: TrustedProxies
    /// What is logged, how, and where to.
    package var log: LogConfiguration
    /// What one client, and all clients together, may ask of the gateway.
    package var limits: LimitsConfiguration
    /// The named groups of backends, in the order of the file. Never empty, but for a ``LocalServer``, which
    /// has neither pools nor routes.
    package var pools: [PoolConfiguration]
    /// What becomes of which request, in the order of the file; the most specific match wins. Never empty, but for a
    /// ``LocalServer``.
    package var routes: [RouteConfiguration]
    /// For all requests together, ahead of those of the routes. Default: none.
    package var rateLimit: RateLimitConfiguration?
    /// How requests take part in traces. Default `nil`: not at all, and what a client says of its own passes as it is.
    package var tracing: TracingConfiguration?
    /// What the operator is to know about it: settings that count for nothing beside others, and why. Each is one line.
    package var notes: [String] = []

    package init(
        listen: [ListenAddress] = [.default],
        workers: WorkerCount = .auto,
        drainTimeout: Duration = .seconds(9),
        trustedProxies: TrustedProxies = TrustedProxies(),
        log: LogConfiguration = LogConfiguration(),
        limits: LimitsConfiguration = LimitsConfiguration(),
        pools: [PoolConfiguration],
        routes: [RouteConfiguration]
    ) {
        self.listen = listen
        self.workers = workers
        self.drainTimeout = drainTimeout
        self.trustedProxies = trustedProxies
        self.log = log
        self.limits = limits
        self.pools = pools
        self.routes = routes
    }

    /// The configuration of a simple file: one pool named `default`, and every request goes to it.
    package init(backends: [BackendConfiguration]) {
        self.init(
            pools: [PoolConfiguration(name: "default", backends: backends)],
            routes: [RouteConfiguration(pool: "default")]
        )
    }
}

/// How many worker threads serve clients.
package enum WorkerCount: Sendable, Equatable {
    /// One for each core that the process may use.
    case auto
    /// Exactly this many; at least one.
    case exactly(Int)
}
