// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct RouteOrderTests {
    private func route(
        _ hosts: [String] = [],
        _ path: RouteConfiguration.Path? = nil,
        methods: [String] = [],
        headers: Int = 0,
        query: Int = 0
    ) -> RouteConfiguration {
        var route = RouteConfiguration(pool: "web")
        route.hosts = hosts
        route.path = path
        route.methods = methods
        route.headers = (0..<headers).map { .init(name: "X-\($0)", value: nil) }
        route.query = (0..<query).map { .init(name: "q\($0)", value: "1") }
        return route
    }

    @Test func theMoreSpecificComesFirstWhateverTheOrderOfTheFile() {
        let ordered = [
            route(["a.example.com"], .exact("/")), route(["a.example.com"]),
            route(["*.a.example.com"]), route(["*.example.com"], .exact("/long/path"), methods: ["GET"]),
            route([], .exact("/v1")), route([], .prefix("/v1/users/"), methods: ["GET"]),
            route([], .prefix("/v1/users")), route([], .prefix("/v1")), route([], .prefix("/")),
            route(methods: ["GET"]), route(headers: 2), route(headers: 1, query: 1), route(headers: 1), route(query: 1),
            route(),
        ]
        let backwards = Array(ordered.reversed())
        #expect(RouteOrder.entries(of: backwards).map { backwards[$0.route] } == ordered)
        #expect(RouteOrder.entries(of: ordered).map(\.route) == Array(ordered.indices))
    }

    @Test func equallySpecificOnesKeepTheOrderOfTheFile() {
        let routes = [
            route(["b.example.com"]), route(["a.example.com"]), route([], .prefix("/b")), route([], .prefix("/a")),
        ]
        #expect(RouteOrder.entries(of: routes).map(\.route) == [0, 1, 2, 3])
    }

    @Test func aRouteStandsOnceForEachOfItsHosts() {
        let routes = [route(["*.example.com", "example.com"]), route(["www.example.com"])]
        #expect(
            RouteOrder.entries(of: routes) == [
                .init(route: 0, host: "example.com"), .init(route: 1, host: "www.example.com"),
                .init(route: 0, host: "*.example.com"),
            ]
        )
    }

    @Test func aRouteWithoutNameIsCalledByItsConditions() {
        var api = route(["a.com", "*.b.com"], .prefix("/v1"), methods: ["GET", "POST"], headers: 1, query: 1)
        #expect(api.title == "GET,POST a.com,*.b.com/v1/*?q0=1 X-0:*")
        api.name = "api"
        #expect(api.title == "api")
        #expect(route().title == "every request")
        #expect(route([], .exact("/up")).title == "/up")
        #expect(route().isCatchAll && !api.isCatchAll && !route([], .prefix("/")).isCatchAll)
    }
}
