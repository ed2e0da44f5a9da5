// SPDX-License-Identifier: Apache-2.0

package import Gateway

extension GatewayConfiguration {
    /// One line that says what a gateway with this configuration would do.
    package var summary: String {
        let addresses = listen.map { $0.proxyProtocol ? "\($0) (PROXY protocol)" : $0.description }
            .joined(separator: ", ")
        let networks = trustedProxies.networks.map(\.description).joined(separator: ", ")
        let trust = networks.isEmpty ? "" : "believes proxies at \(networks); "
        let threads =
            switch workers {
            case .auto: "one worker for each core"
            case .exactly(1): "one worker"
            case .exactly(let count): "\(count) workers"
            }
        let groups = pools.map { pool in
            let count = pool.backends.count == 1 ? "1 backend" : "\(pool.backends.count) backends"
            let urls = pool.backends.map(\.url.description).joined(separator: ", ")
            // Whoever forgot to name theirs should see it.
            let names = pool.backends == BackendConfiguration.defaults ? " (\(urls))" : ""
            return "pool \(pool.name) of \(count)\(names) by \(pool.strategy)"
        }
        let target =
            switch (routes.count, routes.first?.pool) {
            case (0, _): "no routes"
            case (1, let pool?) where routes[0].isCatchAll: "every request to \(pool)"
            case (1, _): "1 route"
            case (let count, _): "\(count) routes"
            }
        return "listens on \(addresses) with \(threads); \(trust)\(groups.joined(separator: ", ")); \(target)"
    }
}
