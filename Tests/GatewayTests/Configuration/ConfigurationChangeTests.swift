// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct ConfigurationChangeTests {
    private let old: GatewayConfiguration

    init() throws {
        var old = GatewayConfiguration(backends: makeBackends(3))
        old.pools[0].backends[1].options.tls.keyFile = try FileCopy(of: "/key.pem", [1])
        self.old = old
    }

    private func change(_ edit: (inout GatewayConfiguration) -> Void) -> ConfigurationChange {
        var new = old
        edit(&new)
        return ConfigurationChange(from: old, to: new, cause: "SIGHUP")
    }

    @Test func nothingIsSaidToBeNothing() {
        let change = change { _ in }
        #expect(change.isEmpty)
        #expect(change.text == "SIGHUP: configuration reloaded, nothing has changed")
    }

    @Test func backendsPoolsAndSettingsAreNamed() {
        let change = change {
            $0.pools[0].backends.removeFirst()
            $0.pools.append(PoolConfiguration(name: "api", backends: makeBackends(2)))
            $0.routes.append(RouteConfiguration(pool: "api"))
            $0.limits.headerCount = 7
            $0.listen.append(ListenAddress(host: "127.0.0.1", port: 81))
        }
        #expect(
            change.parts == [
                "listen +127.0.0.1:81", "pool default -http://localhost:3001", "pool api is new, with 2 backends",
                "routes (1 before, 2 now)", "limits",
            ]
        )
    }

    /// Of such a change nothing is to be seen in the file.
    @Test func renewedCredentialsAreNamedAsSuch() throws {
        let after = try FileCopy(of: "/key.pem", [2])
        let renewed = change { $0.pools[0].backends[1].options.tls.keyFile = after }
        #expect(renewed.parts == ["pool default (certificates or keys of http://localhost:3002)"])
        let more = change {
            $0.pools[0].backends[1].options.tls.keyFile = after
            $0.pools[0].slowStart = .seconds(1)
        }
        #expect(more.parts == ["pool default"])
    }

    @Test func ofManyBackendsOnlyTheNumberIsSaid() {
        let change = change { $0.pools[0].backends = makeBackends(20) }
        #expect(change.parts == ["pool default +17 -0"])
    }

    @Test func whatCannotChangeIsLeftAsItIs() {
        let change = change {
            $0.workers = .exactly(7)
            $0.log.output = .stderr
            $0.drainTimeout = .seconds(1)
        }
        #expect(change.applicable.workers == old.workers && change.applicable.log == old.log)
        #expect(change.applicable.drainTimeout == .seconds(1))
        #expect(change.onlyAtStart == ["workers", "log.output"])
        #expect(change.parts == ["drain_timeout"])
    }

    @Test func everySettingIsNoticed() {
        let edits: [(inout GatewayConfiguration) -> Void] = [
            { $0.reloadOnChange = .seconds(1) }, { $0.drainDelay = .seconds(1) }, { $0.log.level = .debug },
            { $0.rateLimit = RateLimitConfiguration(requests: 1) }, { $0.pools[0].slowStart = .seconds(1) },
            { $0.trustedProxies = TrustedProxies([IPNetwork(IPAddress(ipv4: 0), bits: 0, description: "0.0.0.0/0")]) },
            { $0.pools[0].backends.swapAt(0, 1) }, { $0.listen[0].proxyProtocol = true },
        ]
        for edit in edits { #expect(!change(edit).isEmpty) }
    }
}
