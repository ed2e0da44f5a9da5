// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig
@testable import Gateway

/// Which backend a request gets, and what holds for it there.
@Suite struct DestinationTests {
    private func destination(
        _ yaml: String,
        _ headers: [String] = [],
        method: String = "GET",
        from: String = "192.0.2.1"
    ) throws -> Explanation.Destination {
        let explanation = try explain(method, "http://a/x?y", headers, from: from, in: yaml)
        return try #require(explanation.forwarding?.destinations.first)
    }

    private func destination(
        _ yaml: String,
        condition: @escaping (String, Int) -> BackendCondition
    ) throws -> Explanation.Destination {
        let explanation = try explain("http://a/x?y", in: yaml, condition: condition)
        return try #require(explanation.forwarding?.destinations.first)
    }

    private func order(_ destination: Explanation.Destination) -> [String] {
        destination.backends.filter { $0.rank != nil }.sorted { $0.rank ?? 0 < $1.rank ?? 0 }.map(\.url)
    }

    // MARK: The order of backends

    @Test func aKeyHasAnOrderOfAllBackendsAndLikeKeysHaveTheSame() throws {
        let yaml = pool("strategy: consistent_hash\n    hash: { header: X-User }")
        let orders = try (0..<40).map { order(try destination(yaml, ["X-User: \($0)"])) }
        #expect(orders.allSatisfy { Set($0).count == 3 })
        #expect(Set(orders.map { $0[0] }).count == 3)
        #expect(order(try destination(yaml, ["x-user: 7"], from: "198.51.100.7")) == orders[7])
        #expect(try destination(yaml, ["X-User: 7"]).key == .init(by: "header X-User", value: "7", isStandIn: false))
    }

    @Test func theClientStandsInForAKeyThatIsMissing() throws {
        let yaml = pool("strategy: consistent_hash\n    hash: { cookie: user }")
        let key = try #require(try destination(yaml).key)
        #expect(key == .init(by: "cookie user", value: "192.0.2.1", isStandIn: true))
        let byAddress = try destination(pool("strategy: ip_hash"))
        #expect(order(try destination(yaml)) == order(byAddress))
    }

    @Test func whereAKeysBackendIsOutTheNextOneIsFirst() throws {
        let yaml = pool("strategy: ip_hash")
        let usual = order(try destination(yaml))
        let known = try destination(yaml) { _, index in BackendCondition(isAvailable: "http://b\(index):1" != usual[0])
        }
        #expect(known.isStateKnown)
        #expect(order(known).count == 2)
        #expect(!order(known).contains(usual[0]))
        #expect(known.backends.first { $0.url == usual[0] }?.isAvailable == false)
    }

    @Test(arguments: [
        ("round_robin", StrategyRegistry.Basis.turn), ("least_connections", .load), ("least_time", .latency),
        ("random", .chance), ("power_of_two", .chance),
    ])
    func whatNobodyKnowsBeforehandIsNotClaimed(strategy: String, basis: StrategyRegistry.Basis) throws {
        let destination = try destination(pool("strategy: \(strategy)"))
        #expect(destination.basis == basis)
        #expect(destination.backends.allSatisfy { $0.rank == nil })
        #expect(!destination.isStateKnown)
    }

    @Test func everyStrategyHasABasis() {
        for name in StrategyRegistry.names { #expect(StrategyRegistry.basis(of: name) != nil) }
        #expect(StrategyRegistry.basis(of: "none") == nil)
    }

    @Test func theOnlyBackendIsTheFirst() throws {
        #expect(order(try destination("backends: [\"http://b0:1\"]")) == ["http://b0:1"])
    }

    @Test func aBackupComesLast() throws {
        let backends = "[{ url: \"http://b0:1\", backup: true }, \"http://b1:1\", { url: \"http://b2:1\", weight: 3 }]"
        let destination = try destination(pool("strategy: ip_hash", backends: backends))
        #expect(order(destination).last == "http://b0:1")
        #expect(destination.backends.map(\.isBackup) == [true, false, false])
        #expect(destination.backends.map(\.weight) == [1, 1, 3])
    }

    @Test func aFullBackendIsPassedOver() throws {
        let backends = "[{ url: \"http://b0:1\", max_connections: 2 }, { url: \"http://b1:1\", max_connections: 2 }]"
        let yaml = pool("strategy: ip_hash\n    queue: { size: 7, timeout: 2s }", backends: backends)
        let usual = order(try destination(yaml))
        let full = try destination(yaml) { _, index in
            BackendCondition(inFlight: "http://b\(index):1" == usual[0] ? 2 : 0)
        }
        #expect(order(full) == [usual[1]])
        #expect(full.limits.queueSize == 7)
        #expect(full.limits.queueTimeoutMs == 2000)
    }

    @Test func withEveryBackendOutItIsRefusedUnlessOneIsTriedAnyway() throws {
        let condition: (String, Int) -> BackendCondition = { _, _ in BackendCondition(isAvailable: false) }
        let refused = try explain("http://a/", in: pool("strategy: ip_hash"), condition: condition)
        #expect(refused.result.status == 503)
        #expect(refused.result.stage == .availability)
        let tried = pool("strategy: ip_hash\n    when_all_down: try_anyway")
        #expect(try explain("http://a/", in: tried, condition: condition).result.kind == .forwarded)
        #expect(order(try destination(tried, condition: condition)).count == 3)
    }

    @Test func ofAGatewayThatRunsItsOwnStateAndSecretsCount() throws {
        let yaml = pool("strategy: ip_hash\n    sticky: {}")
        let snapshot = try Snapshot(ConfigurationReader.read(yaml, file: "test.yaml"), shared: SharedState())
        let live = try #require(snapshot.pool(named: "web"))
        live.pool.setAvailable(1, false)
        live.pool.backends[2].requestBegan()
        let maker = try #require(live.sticky)
        let value = String(
            decoding: try #require(maker.value(for: live.pool.backends[2].identity, at: 0)),
            as: UTF8.self
        )
        let address = IPAddress(ipv4: 7)
        let draft = try RequestDraft(
            method: "GET",
            url: "http://a/",
            headers: ["Cookie: curlew=\(value)"],
            from: address
        )
        let explanation = Explainer(snapshot).explain(draft)
        let destination = try #require(explanation.forwarding?.destinations.first)
        #expect(destination.sticky?.state == .valid)
        #expect(order(destination) == ["http://b2:1", "http://b0:1"])
        #expect(destination.backends.map(\.isAvailable) == [true, false, true])
        #expect(destination.backends.map(\.inFlight) == [0, 0, 1])
        // Nothing was counted.
        #expect(live.pool.backends.map(\.inFlight) == [0, 0, 1])
    }

    @Test func aSplitTellsEachPoolsShare() throws {
        let yaml = """
            pools: { a: { backends: ["http://a:1"] }, b: { backends: ["http://b:1"] } }
            routes: [{ split: [{ pool: a, percent: 90 }, { pool: b, percent: 10 }] }]
            """
        let destinations = try #require(try explain("GET", "http://x/", in: yaml).forwarding?.destinations)
        #expect(destinations.map(\.pool) == ["a", "b"])
        #expect(destinations.map(\.percent) == [90, 10])
    }

    // MARK: Cookies

    @Test func aCookieThatIsNoneOfOursIsInvalid() throws {
        let secret = pool("sticky: { cookie: seat, secret: 0123456789abcdef0123456789abcdef }")
        #expect(try destination(secret).sticky == .init(cookie: "seat", state: .absent))
        #expect(try destination(secret, ["Cookie: seat=x"]).sticky?.state == .invalid)
        // Another process has another secret.
        #expect(try destination(pool("sticky: {}"), ["Cookie: curlew=x"]).sticky?.state == .unverifiable)
    }

    @Test func aValidCookieDecides() throws {
        let yaml = pool("sticky: { cookie: seat, secret: 0123456789abcdef0123456789abcdef }")
        let configuration = try ConfigurationReader.read(yaml, file: "test.yaml").pools[0]
        let backend = BackendPool(configuration).backends[1]
        let maker = StickyCookie(try #require(configuration.sticky), pool: "web")
        let value = String(decoding: try #require(maker.value(for: backend.identity, at: 0)), as: UTF8.self)
        let destination = try destination(yaml, ["Cookie: a=b; seat=\(value)"])
        #expect(destination.sticky == .init(cookie: "seat", state: .valid, backend: "http://b1:1"))
        #expect(order(destination) == ["http://b1:1"])
    }

    // MARK: Policies

    @Test(
        arguments: [
            ("GET", [], Explanation.Retry.Repeatable.method, ["connect", "reset", "timeout", "503"], []),
            ("POST", ["Content-Length: 1"], .no, ["connect"], ["reset", "timeout", "503"]),
            ("POST", ["Idempotency-Key: 7"], .idempotencyKey, ["connect", "reset", "timeout", "503"], []),
        ] as [(String, [String], Explanation.Retry.Repeatable, [String], [String])]
    )
    func whatIsRetriedIsThatOfThisRequest(
        method: String,
        headers: [String],
        repeatable: Explanation.Retry.Repeatable,
        on: [String],
        notOn: [String]
    ) throws {
        let yaml = pool("retry: { attempts: 2, on: [connect, reset, timeout, 503], hedge_after: 50ms }")
        let retry = try destination(yaml, headers, method: method).retry
        #expect(retry.attempts == 2)
        #expect(retry.repeatable == repeatable)
        #expect(retry.on == on)
        #expect(retry.notOn == notOn)
        #expect(retry.hedgeAfterMs == (repeatable == .no ? nil : 50))
        #expect(retry.bodyBuffer == (headers.first?.hasPrefix("Content") == true ? 0 : nil))
    }

    @Test func oneAttemptIsRetriedOnNothing() throws {
        let retry = try destination(pool("retry: { attempts: 1 }")).retry
        #expect(retry.on.isEmpty && retry.notOn.isEmpty)
    }

    @Test func timeoutsOfTheRouteStandOverThoseOfThePool() throws {
        let yaml = """
            pools: { web: { backends: ["http://b0:1"], timeouts: { connect: 1s, first_byte: 2s, idle: 3s } } }
            routes: [{ pool: web, timeouts: { first_byte: 9s, total: off }, limits: { body_timeout: 4s } }]
            """
        let timeouts = try destination(yaml, ["Content-Length: 1"], method: "PUT").timeouts
        #expect(timeouts.connectMs == 1000)
        #expect(timeouts.firstByteMs == 9000)
        #expect(timeouts.totalMs == nil)
        #expect(timeouts.bodyMs == 4000)
        #expect(timeouts.tunnelMs == nil)
    }
}
