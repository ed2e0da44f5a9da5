// SPDX-License-Identifier: Apache-2.0

import CurlewExplain
import Reactor
import Testing

@testable import CurlewConfig
@testable import Gateway

/// What a gateway that runs says of itself, and that asking it leaves no trace.
@Suite struct LiveTests {
    private func snapshot(_ yaml: String, environment: [String: String] = [:]) throws -> Snapshot {
        let surroundings = Surroundings(environment: environment)
        let configuration = try ConfigurationReader.read(yaml, file: "test.yaml", surroundings: surroundings)
        return try Snapshot(configuration, shared: SharedState())
    }

    private func draft(_ headers: [String] = []) throws -> RequestDraft {
        try RequestDraft(method: "GET", url: "http://a/x", headers: headers, from: IPAddress(ipv4: 7))
    }

    private func destination(_ snapshot: Snapshot) throws -> Explanation.Destination {
        try #require(Explainer(snapshot).explain(try draft()).forwarding?.destinations.first)
    }

    // MARK: Backends

    @Test func aBackendThatIsDownSaysSinceWhat() throws {
        let snapshot = try snapshot(pool("strategy: round_robin"))
        let shared = try #require(snapshot.pool(named: "web"))
        _ = shared.health.pingFailed(shared.pool.backends[1], startedAt: 1, at: 2, .error("Connection refused"))
        _ = shared.health.pingSucceeded(shared.pool.backends[2], startedAt: 1, at: 2, .status(200))
        let backends = try destination(snapshot).backends
        #expect(backends.map(\.state) == ["unknown", "unhealthy", "healthy"])
        #expect(backends.map(\.isAvailable) == [true, false, true])
        #expect(backends[1].reason == "Connection refused")
        #expect(backends.map(\.id) == shared.pool.backends.map(\.id))
    }

    @Test func whoeverIsLeftIsCertainWhateverTheStrategy() throws {
        let snapshot = try snapshot(pool("strategy: random"))
        let live = try #require(snapshot.pool(named: "web")).pool
        #expect(try destination(snapshot).backends.map(\.rank) == [nil, nil, nil])
        live.setAvailable(0, false)
        live.setAvailable(2, false)
        #expect(try destination(snapshot).backends.map(\.rank) == [nil, 1, nil])
    }

    @Test func oneThatIsDisabledGetsNothingWhetherAGatewayRunsOrNot() throws {
        let one = pool("strategy: ip_hash", backends: "[\"http://b0:1\", { url: \"http://b1:1\", enabled: false }]")
        for explanation in [try Explainer(snapshot(one)).explain(draft()), try explain("GET", "http://a/", in: one)] {
            let backends = try #require(explanation.forwarding?.destinations.first?.backends)
            #expect(backends.map(\.rank) == [1, nil])
            #expect(backends.map(\.isEnabled) == [true, false])
            #expect(backends.map(\.isAvailable) == [true, false])
        }
        let none = pool("when_all_down: try_anyway", backends: "[{ url: \"http://b0:1\", enabled: false }]")
        #expect(try explain("GET", "http://a/", in: none).result.status == 503)
        #expect(try Explainer(snapshot(none)).explain(draft()).result.stage == .availability)
    }

    @Test func askingTakesNoTurnAndCountsNothing() throws {
        for strategy in StrategyRegistry.names {
            let snapshot = try snapshot(pool("strategy: \(strategy)"))
            let balancer = try #require(snapshot.pool(named: "web")).balancer
            let pick = { balancer.pick(for: RequestKey(hash: 1), tried: BackendSet()).backend }
            let first = try #require(pick())
            first.requestEnded()
            for _ in 0..<7 { _ = try destination(snapshot) }
            #expect(balancer.pool.backends.allSatisfy { $0.inFlight == 0 })
            if strategy == "round_robin" { #expect(pick()?.index == (first.index + 1) % 3) }
        }
    }

    @Test func aPoolThatIsFullIsSaidToBe() throws {
        let snapshot = try snapshot(pool("limits: { active_requests: 2 }"))
        let gate = try #require(snapshot.pool(named: "web")?.gate)
        let free = Explainer(snapshot).explain(try draft())
        #expect(free.result.kind == .forwarded)
        #expect(free.forwarding?.destinations.first?.limits.currentLimit == 2)
        #expect(gate.enter() && gate.enter())
        let full = Explainer(snapshot).explain(try draft())
        #expect(full.result.status == 503 && full.result.stage == .availability)
        #expect(full.forwarding?.destinations.first?.limits.active == 2)
        #expect(full.text.contains("it has 2 now, and may have 2"))
        gate.leave()
        #expect(Explainer(snapshot).explain(try draft()).result.kind == .forwarded)
    }

    // MARK: Limits

    private func take(_ snapshot: Snapshot) throws -> Bool {
        let request = ParsedDraft(try draft(), in: snapshot.configuration)
        let limit = try #require(snapshot.admissions[0]?.own)
        let now = MonotonicTime.now().nanoseconds
        return !limit.take(request.head, in: request.input, of: request.client, at: now).isExceeded
    }

    @Test func whatIsLeftOfALimitIsToldWithoutCounting() throws {
        let snapshot = try snapshot(route("rate_limit: { requests: 2, per: 1h }"))
        let limit = try #require(snapshot.admissions[0]?.own)
        for used in 0..<2 {
            for _ in 0..<5 {
                let explanation = Explainer(snapshot).explain(try draft())
                #expect(explanation.result.kind == .forwarded)
                #expect(explanation.admission?.rateLimits.map(\.remaining) == [2 - used])
                #expect(explanation.admission?.rateLimits.map(\.retryAfterMs) == [nil])
            }
            #expect(limit.counts == .init(decided: UInt64(used), exceeded: 0))
            #expect(try take(snapshot))
        }
        let explanation = Explainer(snapshot).explain(try draft())
        #expect(explanation.result.status == 429 && explanation.result.stage == .rateLimit)
        #expect(explanation.admission?.rateLimits.map(\.remaining) == [0])
        let wait = try #require(explanation.admission?.rateLimits.first?.retryAfterMs)
        #expect((1_700_000...1_800_000).contains(wait))
        #expect(limit.counts == .init(decided: 2, exceeded: 0))
        #expect(try !take(snapshot))
    }

    @Test func aLimitThatIsOnlyWatchedRefusesNobody() throws {
        let snapshot = try snapshot(route("rate_limit: { requests: 1, per: 1h, dry_run: true }"))
        #expect(try take(snapshot))
        let explanation = Explainer(snapshot).explain(try draft())
        #expect(explanation.result.kind == .forwarded)
        #expect(explanation.admission?.rateLimits.first?.remaining == 0)
    }

    @Test func howManyRequestsTheClientHasIsTold() throws {
        let snapshot = try snapshot(route("concurrency_per_client: 1"))
        #expect(Explainer(snapshot).explain(try draft()).admission?.concurrencyNow == 0)
        let request = ParsedDraft(try draft(), in: snapshot.configuration)
        let admission = try #require(snapshot.admissions[0])
        var taken = Admission.Taken()
        let refusal = admission.refusal(
            of: request.head,
            in: request.input,
            from: request.client,
            at: .now(),
            taking: &taken
        )
        #expect(refusal == nil)
        let explanation = Explainer(snapshot).explain(try draft())
        #expect(explanation.result.status == 429 && explanation.result.stage == .concurrency)
        #expect(explanation.admission?.concurrencyNow == 1)
        admission.leave(taken)
        #expect(Explainer(snapshot).explain(try draft()).result.kind == .forwarded)
    }

    // MARK: Secrets

    @Test func whatTheConfigurationHidesIsHidden() throws {
        let yaml = """
            pools: { web: { backends: ["http://b0:1"] } }
            routes:
              - pool: web
                headers: { X-Key: "${KEY}" }
                request_headers: { set: { X-Inner: "${KEY}", Authorization: Bearer inner }, add: { X-Plain: shown } }
                response_headers: { set: { X-Out: "${KEY}", Set-Cookie: s=inner } }
              - { path: /no, headers: { X-Key: "${OTHER}" }, pool: web }
              - { respond: { status: 200, headers: { X-Own: "${KEY}" } } }
            """
        let snapshot = try snapshot(yaml, environment: ["KEY": "very-hidden", "OTHER": "hidden-too"])
        let login = "Authorization: Basic YWRtaW46c2VjcmV0"
        for headers in [["X-Key: very-hidden", login], ["X-Key: wrong"]] {
            let explanation = Explainer(snapshot).explain(try draft(headers))
            for text in [explanation.json, explanation.text] {
                #expect(!text.contains("hidden") && !text.contains("inner") && !text.contains("YWRtaW4"), "\(text)")
            }
        }
        let explanation = Explainer(snapshot).explain(try draft(["X-Key: very-hidden"]))
        #expect(explanation.json.contains("shown") && explanation.json.contains("***"))
        #expect(Explainer(snapshot).explain(try draft()).answer?.headers.contains { $0.value == "***" } == true)
    }
}
