// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct RouteTests {
    private let two = "pools:\n  web: { backends: [\"http://h\"] }\n  api: { backends: [\"http://g\"] }\n"

    @Test func somethingMustTakeTheRequests() throws {
        #expect(try #require(problems("backends:").first).holds("test.yaml:1:10:"))
        #expect(try #require(problems("pools:").first).holds("test.yaml:1:7:"))
        #expect(try #require(problems("pools: {}").first).holds("test.yaml:1:8:", "no pool"))
        #expect(try #require(problems("backends: []").first).holds("test.yaml:1:11:", "empty"))
        #expect(try #require(problems("pools: { a: {} }").first).holds("test.yaml:1:10:", "no backends"))
        #expect(try #require(problems("pools: { a: { backends: [] } }").first).holds("test.yaml:1:25:", "empty"))
    }

    @Test(arguments: ["listen: 3000", "log: { level: debug }", "workers: 2\nroutes: [{ pool: default }]", "{}"])
    func aFileThatSpeaksOfNoBackendsHasTheDefault(text: String) throws {
        let read = try configuration(text)
        #expect(read.pools == GatewayConfiguration(backends: BackendConfiguration.defaults).pools)
        #expect(read.routes == [RouteConfiguration(pool: "default")])
        #expect(
            read.summary.contains("3 backends (http://localhost:3001, http://localhost:3002, http://localhost:3003)")
        )
    }

    @Test func aMisspeltKeyIsStillAnError() throws {
        #expect(try #require(problems("backend: [\"http://h\"]").first).holds("test.yaml:1:1:", "backends"))
    }

    @Test func backendsAndPoolsExcludeEachOther() throws {
        let found = problems("pools: { a: { backends: [\"http://h\"] } }\nbackends: [\"http://h\"]")
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:2:1:", "both"))
    }

    @Test func severalPoolsNeedARoute() throws {
        let found = problems(two)
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:1:1:", "no routes", "routes: [{ pool: web }]"))
        #expect(problems(two + "routes: [{ pool: api }]") == [])
    }

    @Test(arguments: [
        ("routes: [{ pool: wbe }]", "4:18: routes.pool: \"wbe\"", "did you mean web?"),
        ("routes: []", "4:9: routes: the list is empty", "{ pool: web }"),
        ("routes: [{}]", "4:10: routes: the route has no pool, split, redirect or respond", "pool: web }"),
        ("routes: [{ pool: [web] }]", "4:18: routes.pool: expected the name of a pool", "pool: web"),
        ("routes:\n  - pool: web\n  - pool: api", "6:5: routes: the route on line 5 has the same", "keep one"),
        ("routes: [{ pool: web, respond: {} }]", "4:23: routes: both \"pool\" and \"respond\"", "keep one of"),
        ("routes: [{ pool: web, path: /, exact_path: / }]", "4:32: routes: both \"path\"", "keep one"),
    ])
    func aRouteHasOneActionThatExists(text: String, message: String, remedy: String) throws {
        let found = problems(two + text)
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("test.yaml:\(message)"))
        #expect(found[0].contains(remedy))
    }

    @Test func aPoolWithoutAProperNameIsNotOffered() throws {
        let pools = "pools:\n  \"\": { backends: [\"http://h\"] }\n"
        #expect(problems(pools + "routes: [{ pool: nope }]").count == 1)
        let found = problems(pools + "  web: { backends: [\"http://g\"] }\nroutes: [{ pool: nope }, { pool: web }]")
        #expect(found.count == 2)
        #expect(try #require(found.last).contains("the only one is web"))
    }

    @Test func theRouteOfASimpleFileMayBeSpelledOut() {
        #expect(problems("backends: [\"http://h\"]\nroutes: [{ pool: default }]") == [])
        #expect(problems("backends: [\"http://h\"]\nroutes: [{ pool: web }]").count == 1)
    }

    @Test(arguments: ["\"\"", "\"a b\"", "\"a\\nb\"", "ü", "a/b", "\"\(String(repeating: "a", count: 65))\""])
    func theNameOfAPoolIsAWord(name: String) throws {
        let found = problems("pools: { ? \(name) : { backends: [\"http://h\"] } }")
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:1:12:", "name of a pool"))
    }
}
