// SPDX-License-Identifier: Apache-2.0

/// How a test wants its gateway, as a configuration file.
///
/// Pings go to ``FakeOrigin/healthPath`` once at the start and then so rarely that no test meets the second round,
/// unless it sets ``healthInterval``.
package struct GatewaySettings: Sendable {
    /// URLs, or whole items such as `{ url: "http://a", weight: 2 }`.
    package var backends: [String]
    package var workers = 1
    /// `text` or `json`.
    package var logFormat = "text"
    /// Further members of `log`, such as `access: off`.
    package var log: [String] = []
    /// Short, since every test ends by stopping its gateway and none wants to wait for what it left behind.
    package var drainTimeout = "2s"
    package var healthInterval = "1h"
    package var healthTimeout = "3s"
    /// What is pinged. Origins answer pings of the usual path by themselves, and those of any other as requests.
    package var healthPath = FakeOrigin.healthPath
    /// Further members of `health_check`, such as `rise: 2`.
    package var healthCheck: [String] = []
    /// Members of `timeouts`, such as `first_byte: 300ms`.
    package var timeouts: [String] = []
    /// Members of `limits`, such as `header_bytes: 8KiB`.
    package var limits: [String] = []
    /// Members of `trusted_proxies`, such as `127.0.0.1`.
    package var trustedProxies: [String] = []
    /// Whether every connection begins with a PROXY protocol header.
    package var proxyProtocol = false
    /// Further addresses to listen on.
    package var moreListen: [String] = []
    /// How many files the gateway may have open; the tests' own limit when `nil`.
    package var descriptors: Int?
    /// Members of `retry`, such as `attempts: 1`.
    package var retry: [String] = []
    /// Further members of the pool, such as `outlier: { consecutive_5xx: 3 }`.
    package var poolMembers: [String] = []
    /// Members of each backend beside its URL, such as `max_connections: 1`.
    package var backendMembers: [String] = []
    /// Pools by name, each with the URLs of its backends; `nil` for one named `web` with ``backends``.
    package var pools: [(name: String, backends: [String])]?
    /// The strategies of pools by their names; of those that are not named, the default.
    package var strategies: [String: String] = [:]
    /// The list of routes as it stands in the file; `nil` for one to the pool `web`.
    package var routes: String?
    /// Members of the file itself, such as `rate_limit: { requests: 10 }`.
    package var top: [String] = []
    /// Further members of the one route, such as `concurrency_per_client: 2`.
    package var route: [String] = []
    /// Flags besides `--config`.
    package var arguments: [String] = []
    /// Added to the environment of the gateway, which is otherwise empty.
    package var environment: [String: String] = [:]

    package init(backends: [String]) {
        self.backends = backends
    }

    /// The configuration file.
    package var yaml: String {
        """
        listen: [\((["{ address: \"127.0.0.1:0\", proxy_protocol: \(proxyProtocol) }"] + moreListen).joined(separator: ", "))]
        trusted_proxies: [\(trustedProxies.map { "\"\($0)\"" }.joined(separator: ", "))]
        workers: \(workers)
        drain_timeout: \(drainTimeout)
        \(GatewaySettings.section("log", ["format: \(logFormat)"] + log))
        \(GatewaySettings.section("limits", limits))
        pools:
        \((pools ?? [("web", backends)]).map { pool($0.name, $0.backends) }.joined(separator: "\n"))
        routes:
        \(routes ?? "  - { \((["pool: web"] + route).joined(separator: ", ")) }")
        \(top.joined(separator: "\n"))

        """
    }

    private func pool(_ name: String, _ backends: [String]) -> String {
        let health = ["path: \(healthPath)", "interval: \(healthInterval)", "timeout: \(healthTimeout)"]
        return """
              \(name):
                \(strategies[name].map { "strategy: \($0)" } ?? "")
                backends: [\(backends.map(backend).joined(separator: ", "))]
                \(GatewaySettings.section("health_check", health + healthCheck))
                \(GatewaySettings.section("timeouts", timeouts))
                \(GatewaySettings.section("retry", retry))
                \(poolMembers.joined(separator: "\n    "))
            """
    }

    private func backend(_ url: String) -> String {
        if url.hasPrefix("{") { return url }
        let members = ["url: \"\(url)\""] + backendMembers
        return backendMembers.isEmpty ? "\"\(url)\"" : "{ \(members.joined(separator: ", ")) }"
    }

    private static func section(_ name: String, _ members: [String]) -> String {
        members.isEmpty ? "" : "\(name): { \(members.joined(separator: ", ")) }"
    }
}
