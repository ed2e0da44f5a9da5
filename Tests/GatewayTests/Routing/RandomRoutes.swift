// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// Makes routes and requests that have much to do with one another, the same for the same seed.
struct RandomRoutes {
    var random: SeededGenerator

    private static let labels = ["a", "b", "example", "com"]
    private static let segments = ["v1", "v10", "users", "admin", "a", "caf\u{E9}", "%25"]
    private static let junk = [
        "x%2Fy", "v1;p", "", ".", "..", "%2e%2E", "..;x", ";", ";x=1", "a;b", "%61", "%2f", "%5C", "\\", "a%2Fb", "%zz",
        "%", "%0", "%00", "v%31",
        "%76%31", "ADMIN", "%25", "%2525", "*", ".%2e", "...", "a..", "%C3%A9", "caf%c3%a9", "@", ":", "%3B",
        "admin%3Bx", "%61dmin",
    ]

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func name() -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in pick(Self.labels) }.joined(separator: ".")
    }

    mutating func path(_ segments: [String], upTo most: Int = 4) -> String {
        "/" + (0..<Int.random(in: 0...most, using: &random)).map { _ in pick(segments) }.joined(separator: "/")
    }

    mutating func route() -> RouteConfiguration {
        var route = RouteConfiguration(pool: "web")
        if chance(60) {
            route.hosts = (0..<Int.random(in: 1...2, using: &random)).map { _ in (chance(40) ? "*." : "") + name() }
            if route.hosts.count == 2, route.hosts[0] == route.hosts[1] { route.hosts.removeLast() }
        }
        if chance(60) {
            let path = path(Self.segments)
            let slash = chance(20) && path != "/" ? "/" : ""
            route.path = chance(30) ? .exact(path + slash) : .prefix(path + slash)
        }
        if chance(20) { route.methods = [pick(["GET", "POST", "PURGE", "HEAD"])] }
        if chance(15) { route.headers = [.init(name: pick(["X-One", "Accept"]), value: chance(50) ? "1" : nil)] }
        if chance(15) { route.query = [.init(name: pick(["v", "q"]), value: chance(50) ? "1" : nil)] }
        if chance(5) { route.overrides.pathRewrite = PathRewrite(from: "/v1", to: "") }
        return route
    }

    mutating func request() -> RoutedRequest {
        var request = RoutedRequest()
        request.method = pick(["GET", "GET", "GET", "POST", "PURGE", "DELETE", "HEAD"])
        let host = name()
        request.host = chance(30) ? host.uppercased() : host
        if chance(10) { request.host? += "." }
        if chance(10) { request.host? += ":8080" }
        request.target =
            chance(30)
            ? path(Self.segments.map { $0 == "caf\u{E9}" ? "caf%C3%A9" : $0 } + Self.junk, upTo: 6)
            : path(["v1", "v10", "users", "admin", "a"])
        if chance(10) { request.target += "/" }
        if chance(25) {
            request.target += pick(["?v=1", "?v", "?q=2&v=1", "?", "?v=%31", "?a/../b", "?q=1&q", "?&=1&v=1=1"])
        }
        if chance(20) { request.fields.append((pick(["x-one", "ACCEPT", "X-Two"]), pick(["1", "2", ""]))) }
        return request
    }
}
