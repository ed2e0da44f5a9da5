// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct RouteTableTests {
    private func route(
        _ hosts: [String] = [],
        _ path: RouteConfiguration.Path? = nil,
        methods: [String] = []
    ) -> RouteConfiguration {
        var route = RouteConfiguration(pool: "web")
        route.hosts = hosts
        route.path = path
        route.methods = methods
        return route
    }

    /// The index of the route that a GET of `target` from `host` goes by; -1 for none, -2 where it is refused.
    private func find(_ routes: [RouteConfiguration], _ target: String, _ host: String = "a.example") throws -> Int {
        let request = RoutedRequest(target: target, host: host)
        switch try #require(request.outcome(in: try RouteTable(routes))) {
        case .route(let index): return index
        case .noRoute: return -1
        case .refused: return -2
        }
    }

    // MARK: What counts

    /// What is taken away from a client's request on its way decides nothing either.
    @Test(arguments: [
        "X-Forwarded-Proto", "x-forwarded-for", "X-Forwarded-Ssl", "X-Real-IP", "Forwarded", "X-Mirrored",
    ])
    func whatOnlyATrustedProxyMaySayIsNoConditionThatAClientMeets(name: String) throws {
        var claiming = route()
        claiming.headers = [.init(name: name, value: "a")]
        let table = try RouteTable([claiming, route()])
        let request = RoutedRequest(fields: [(name, "a")])
        #expect(request.outcome(in: table) == .route(1))
        #expect(request.outcome(in: table, isOfTrustedProxy: true) == .route(0))
    }

    // MARK: Against the naive router

    @Test(arguments: 0..<20)
    func agreesWithOneThatLooksAtEachRouteInTurn(seed: UInt64) throws {
        var maker = RandomRoutes(random: SeededGenerator(state: seed &* 7919 &+ 1))
        for _ in 0..<40 {
            let routes = (0..<Int.random(in: 1...25, using: &maker.random)).map { _ in maker.route() }
            let table = try RouteTable(routes)
            let naive = NaiveRouter(routes: routes)
            for _ in 0..<40 {
                let request = maker.request()
                guard let outcome = request.outcome(in: table) else { continue }
                let expected = naive.outcome(request)
                if case .refused = outcome, case .refused = expected { continue }
                #expect(outcome == expected, "\(request)\n\(routes.map(\.title).joined(separator: "\n"))")
            }
        }
    }

    /// Otherwise the test above would say nothing.
    @Test func randomRequestsMeetEveryOutcome() throws {
        var maker = RandomRoutes(random: SeededGenerator(state: 1))
        var counts = (route: 0, none: 0, refused: 0, fallback: 0)
        for _ in 0..<200 {
            let routes = (0..<20).map { _ in maker.route() }
            let table = try RouteTable(routes)
            for _ in 0..<20 {
                switch maker.request().outcome(in: table) {
                case .route(let index):
                    counts.route += 1
                    if routes[index].hosts.isEmpty { counts.fallback += 1 }
                case .noRoute: counts.none += 1
                case .refused: counts.refused += 1
                case nil: break
                }
            }
        }
        #expect(counts.route > 500 && counts.none > 100 && counts.refused > 500 && counts.fallback > 200, "\(counts)")
    }

    // MARK: Hosts

    @Test func hostsAreFoundWhateverTheirCasePortAndLastDot() throws {
        let routes = [route(["www.example.com"]), route(["*.example.com"]), route(["[2001:db8::1]"]), route()]
        for (host, expected) in [
            ("www.example.com", 0), ("WWW.Example.COM", 0), ("www.example.com:8080", 0), ("www.example.com.", 0),
            ("www.example.com.:80", 0), ("a.example.com", 1), ("a.b.EXAMPLE.com", 1), ("example.com", 3),
            ("badexample.com", 3), (".example.com", 3), ("[2001:db8::1]", 2), ("[2001:DB8::1]:443", 2), ("com", 3),
            ("www.example.com..", 3),
        ] {
            #expect(try find(routes, "/", host) == expected, "\(host)")
        }
    }

    @Test func theWildcardWithMostLabelsWins() throws {
        let routes = [route(["*.com"]), route(["*.a.b.com"]), route(["*.b.com"]), route(["x.a.b.com"], .exact("/x"))]
        for (host, expected) in [("x.a.b.com", 1), ("a.b.com", 2), ("b.com", 0), ("z.y.x.a.b.com", 1), ("c.com", 0)] {
            #expect(try find(routes, "/", host) == expected, "\(host)")
        }
        #expect(try find(routes, "/x", "x.a.b.com") == 3)
    }

    /// What fits no route of the host itself may still fit one of a wildcard, or of no host.
    @Test func lessSpecificHostsTakeWhatIsLeft() throws {
        let routes = [
            route(["www.a.com"], .prefix("/x")), route(["*.a.com"], .prefix("/y")), route(["*.com"], .prefix("/z")),
            route([], .prefix("/u")),
        ]
        for (target, expected) in [("/x", 0), ("/y/1", 1), ("/z", 2), ("/u", 3), ("/", -1)] {
            #expect(try find(routes, target, "www.a.com") == expected, "\(target)")
        }
    }

    @Test func aHostOfThousandsOfLabelsIsLookedAtOnce() throws {
        let routes = [route(["*.com"]), route(["*.a.a.com"]), route()]
        let host = String(repeating: "a.", count: 7000) + "com"
        #expect(try find(routes, "/", host) == 1)
    }

    @Test func aRequestWithoutHostTakesRoutesWithoutOne() throws {
        let table = try RouteTable([route(["a.com"]), route([], .prefix("/x"))])
        #expect(RoutedRequest(target: "/x", host: nil).outcome(in: table) == .route(1))
        #expect(RoutedRequest(target: "/", host: nil).outcome(in: table) == .noRoute)
    }

    // MARK: Paths

    @Test func prefixesAreWholeSegments() throws {
        let routes = [route([], .prefix("/v1")), route([], .prefix("/v1/users/")), route([], .exact("/v1/exact"))]
        for (target, expected) in [
            ("/v1", 0), ("/v1/", 0), ("/v1?x", 0), ("/v10", -1), ("/v1/x", 0), ("/v1/users", 1), ("/v1/users/7", 1),
            ("/v1/users7", 0), ("/v1/exact", 2), ("/v1/exact?a=b", 2), ("/v1/exact/", 0), ("/V1", -1), ("/", -1),
        ] {
            #expect(try find(routes, target) == expected, "\(target)")
        }
    }

    @Test func prefixesOfManySegmentsAreFound() throws {
        let deep = (1...100).map { "/s\($0)" }
        let routes = (1...100).map { route([], .prefix(deep[..<$0].joined())) }
        for count in 1...100 {
            #expect(try find(routes, deep[..<count].joined() + "/x") == count - 1)
        }
    }

    @Test func whatIsNotPathOrHasNoneIsFoundToo() throws {
        let routes = [route([], .exact("/")), route([], .prefix("/")), route()]
        #expect(try find(routes, "http://b.example") == 0)
        #expect(try find(routes, "http://b.example?x") == 0)
        #expect(try find(Array(routes.dropFirst()), "http://b.example?x") == 0)
        let asterisk = RoutedRequest(method: "OPTIONS", target: "*")
        #expect(asterisk.outcome(in: try RouteTable(routes)) == .route(2))
    }

    @Test func methodsDecideAmongEqualPaths() throws {
        let table = try RouteTable([
            route([], .prefix("/a")), route([], .prefix("/a"), methods: ["POST", "PURGE"]),
            route([], nil, methods: ["GET"]),
        ])
        for (method, target, expected) in [
            ("POST", "/a", 1), ("PURGE", "/a", 1), ("PURG", "/a", 0), ("GET", "/a", 0), ("GET", "/", 2),
        ] {
            #expect(RoutedRequest(method: method, target: target).outcome(in: table) == .route(expected), "\(method)")
        }
        #expect(RoutedRequest(method: "get").outcome(in: table) == .noRoute)
    }

    @Test func tenThousandRoutesAreAllFound() throws {
        let byHost = (0..<10_000).map { route(["h\($0).example.com"]) }
        let byPath = (0..<10_000).map { route([], .prefix("/p\($0)/x")) }
        let (hosts, paths) = (try RouteTable(byHost), try RouteTable(byPath))
        for index in stride(from: 0, to: 10_000, by: 37) {
            #expect(RoutedRequest(host: "h\(index).example.com").outcome(in: hosts) == .route(index))
            #expect(RoutedRequest(target: "/p\(index)/x/y").outcome(in: paths) == .route(index))
            #expect(RoutedRequest(target: "/p\(index)/y").outcome(in: paths) == .noRoute)
        }
    }

    @Test func pathsThatNoRequestMayHaveAreNoRoutes() {
        for path in ["/a/../b", "/%2e", "/%", "/a%00", "a", "", "/a//b", "/a%2Fb", "/a;b", "/a\\b"] {
            #expect(throws: StartError.self, "\(path)") { try RouteTable([route([], .prefix(path))]) }
        }
    }
}
