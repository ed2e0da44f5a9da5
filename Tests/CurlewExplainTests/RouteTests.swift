// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

/// Which route a request goes by, and which it just misses.
@Suite struct RouteTests {
    private static let yaml = """
        pools:
          web:
            backends: ["http://b0:1"]
        routes:
          - { name: canary, host: api.example.com, path: /v1, headers: { X-Canary: "1" }, pool: web }
          - { name: api, host: ["*.example.com", example.org], path: /v1, pool: web }
          - { name: reports, path: /v1, query: { as: pdf }, methods: [GET, HEAD], pool: web }
          - { exact_path: /up, respond: { status: 204 } }
          - { name: rest, pool: web }
        """

    @Test func theChosenRouteSaysWhatFitted() throws {
        let explanation = try explain("GET", "http://api.example.com:3000/v1/a?b", in: Self.yaml)
        let route = try #require(explanation.route)
        #expect(route.number == 2)
        #expect(route.title == "api")
        // canary, api under example.org, then under the wildcard: an exact host comes first.
        #expect(route.place == 3)
        #expect(route.places == 6)
        #expect(route.conditions.map(\.kind) == [.host, .path])
        #expect(route.conditions.map(\.wanted) == ["*.example.com, example.org", "/v1"])
        #expect(route.conditions.map(\.found) == ["api.example.com", "/v1/a"])
        #expect(route.conditions.allSatisfy { $0.isMet })
    }

    @Test func aRouteThatIsMissedNarrowlyIsToldFirstAndSaysWhatFailed() throws {
        let passed = try explain("GET", "http://api.example.com/v1", ["x-canary: 2"], in: Self.yaml).passedOver
        let canary = try #require(passed.first)
        #expect(canary.title == "canary")
        #expect(canary.reason == .unmet)
        #expect(canary.unmet.map(\.kind) == [.header])
        #expect(canary.unmet.first?.name == "X-Canary")
        #expect(canary.unmet.first?.wanted == "1")
        #expect(canary.unmet.first?.found == "2")
    }

    @Test func whatTheRequestDoesNotHaveIsNil() throws {
        let passed = try explain("POST", "http://a/v1", in: Self.yaml).passedOver
        let reports = try #require(passed.first { $0.title == "reports" })
        #expect(reports.unmet.map(\.kind) == [.method, .query])
        #expect(reports.unmet.map(\.found) == ["POST", nil])
    }

    @Test func aRouteThatFitsTooComesLater() throws {
        let passed = try explain("GET", "http://api.example.com/v1", in: Self.yaml).passedOver
        let rest = try #require(passed.first { $0.title == "rest" })
        #expect(rest.reason == .later)
        #expect(rest.unmet.isEmpty)
    }

    @Test func whatFitsNoRouteIsRefusedWith404AndToldWhatItMisses() throws {
        let yaml = "pools:\n  web:\n    backends: [\"http://b0:1\"]\nroutes:\n  - { host: a.example, pool: web }\n"
        let explanation = try explain("GET", "http://b.example/", in: yaml)
        #expect(explanation.result.kind == .refused)
        #expect(explanation.result.status == 404)
        #expect(explanation.result.proxyStatus == "destination_not_found")
        #expect(explanation.route == nil)
        #expect(explanation.passedOver.first?.unmet.first?.found == "b.example")
    }

    @Test func ofManyRoutesAFewAreToldOf() throws {
        let routes = (0..<300).map { "  - { path: /p\($0), pool: web }\n" }.joined()
        let explanation = try explain(
            "GET",
            "http://a/p7/x",
            in: "pools:\n  web:\n    backends: [\"http://b0:1\"]\nroutes:\n\(routes)"
        )
        #expect(explanation.route?.number == 8)
        #expect(explanation.passedOver.count == 5)
        #expect(explanation.passedOverInAll == 299)
    }

    @Test(arguments: [("/v1/../up", "segment"), ("/v1%2fa/%zz", "percent sign"), ("/v1;x/..%2f/a", "segment")])
    func aPathThatIsReadDifferentlyIsRefusedAsTheGatewayDoes(path: String, reason: String) throws {
        let result = try explain("GET", "http://a\(path)", in: Self.yaml).result
        #expect(result.stage == .routing)
        #expect(result.status == 400)
        #expect(result.reason?.contains(reason) == true)
    }

    @Test func anotherSpellingOfAPathFitsTheSameRoute() throws {
        let explanation = try explain("GET", "http://a/%75p", in: Self.yaml)
        #expect(explanation.result.status == 204)
        #expect(explanation.route?.conditions.first?.kind == .exactPath)
        #expect(explanation.route?.conditions.first?.found == "/%75p")
    }
}
