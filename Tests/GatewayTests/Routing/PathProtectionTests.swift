// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// A route that protects a path is not got round by another spelling of it.
@Suite struct PathProtectionTests {
    private func routes(_ path: RouteConfiguration.Path) -> [RouteConfiguration] {
        var guarded = RouteConfiguration(pool: "web")
        guarded.path = path
        return [guarded, RouteConfiguration(pool: "web")]
    }

    private func outcome(_ target: String, _ routes: [RouteConfiguration]) throws -> RouteTable.Outcome? {
        RoutedRequest(target: target).outcome(in: try RouteTable(routes))
    }

    @Test(arguments: [
        "/admin", "/admin/", "/admin?x", "/%61dmin", "/%61%64%6d%69%6E/x", "/admi%6e", "/admin/a%2Fb", "/admin//x",
        "/admin/;x",
        "/admin/a;b=c/d", "/admin/100%25", "/admin/a\\b", "http://a.example/admin", "http://a.example/%61dmin?q",
    ])
    func whatIsThePathGoesByItsRoute(target: String) throws {
        #expect(try outcome(target, routes(.prefix("/admin"))) == .route(0))
    }

    @Test(arguments: [
        "//admin", "///admin/", "/%2Fadmin", "/%2f%2fadmin", "\\", "/\\admin", "/%5Cadmin", "/admin%2F", "/admin%2Fx",
        "/admin%5cx",
        "/admin;x", "/admin;x=1/y", "/admin%3bx", "/;/admin", "/;x/admin", "//%61dmin", "/admin\\x",
        "http://a.example//admin",
    ])
    func whatSomeWouldTakeForItIsRefused(target: String) throws {
        guard target.hasPrefix("/") || target.hasPrefix("http") else { return }
        #expect(try outcome(target, routes(.prefix("/admin"))) == .refused(.ambiguous))
    }

    @Test(arguments: [
        "/a/../admin", "/../admin", "/./admin", "/a/%2e%2e/admin", "/a/.%2E/admin", "/a/%2e./admin", "/..;/admin",
        "/a/..;x=1/admin",
        "/a%2F..%2Fadmin", "/a/..%2fadmin", "/a/..\\admin", "/a%5c..%5cadmin", "/.", "/..", "/admin/..", "/admin/../x",
        "/x/.",
        "/admin/%2e%2e/x", "/%2e", "/...;/../x",
    ])
    func dotSegmentsAreRefused(target: String) throws {
        #expect(try outcome(target, routes(.prefix("/admin"))) == .refused(.dotSegment))
    }

    @Test(arguments: ["/%", "/%6", "/%zz", "/a%2", "/%u0061dmin", "/x/100%", "/%-1", "/%+1"])
    func escapesThatAreNoneAreRefused(target: String) throws {
        #expect(try outcome(target, routes(.prefix("/admin"))) == .refused(.brokenEscape))
    }

    @Test func escapedNULIsRefused() throws {
        #expect(try outcome("/x%00/admin", routes(.prefix("/admin"))) == .refused(.escapedNUL))
    }

    @Test(arguments: [
        "/", "/x", "//x", "/x//y", "/a%2Fb", "/@scope%2fname", "/a;b", "/a%20b", "/caf%C3%A9", "/...", "/..a", "/a..",
        "/.well-known/x",
        "/a.b", "/.hidden", "/%7Euser", "/x/admin", "/admin2", "/ADMIN", "/?/../admin", "/x?%zz", "/a\\b", "/%2525",
    ])
    func whatNobodyWouldTakeForItPasses(target: String) throws {
        #expect(try outcome(target, routes(.prefix("/admin"))) == .route(1))
    }

    @Test func exactPathsAreProtectedToo() throws {
        let routes = routes(.exact("/up"))
        #expect(try outcome("/%75p", routes) == .route(0))
        for target in ["//up", "/up;x", "/%2Fup", "/\\up"] {
            #expect(try outcome(target, routes) == .refused(.ambiguous), "\(target)")
        }
        #expect(try outcome("/up/", routes) == .route(1))
    }

    /// A path in the configuration may be written with escapes or without.
    @Test func pathsOfTheConfigurationMayBeEscaped() throws {
        for path in ["/caf\u{E9}", "/caf%C3%A9", "/caf%c3%a9", "/%63af%C3%A9"] {
            #expect(try outcome("/caf%C3%a9/x", routes(.prefix(path))) == .route(0), "\(path)")
        }
        #expect(try outcome("/100%25//x", routes(.prefix("/100%25"))) == .route(0))
    }

    /// Without a route that asks for a path nobody is concerned: what the client has sent passes as it is.
    @Test func pathsAreNotLookedAtWhereNoRouteOfTheHostAsksForOne() throws {
        var guarded = RouteConfiguration(pool: "web")
        guarded.hosts = ["*.guarded.example"]
        guarded.path = .prefix("/admin")
        let table = try RouteTable([guarded, RouteConfiguration(pool: "web")])
        for target in ["/a/../b", "/%zz", "//x", "/%2e%2e"] {
            #expect(RoutedRequest(target: target, host: "open.example").outcome(in: table) == .route(1), "\(target)")
        }
        let host = "x.guarded.example"
        #expect(RoutedRequest(target: "/a/../b", host: host).outcome(in: table) == .refused(.dotSegment))
        #expect(
            RoutedRequest(target: "/%2e%2e", host: "open.example").outcome(
                in: try RouteTable([RouteConfiguration(pool: "web")])
            ) == .route(0)
        )
    }

    @Test func junkNeverDoesHarm() throws {
        let table = try RouteTable(routes(.prefix("/admin")))
        var random = SeededGenerator(state: 7)
        let alphabet = Array("/%\\;.2eEfF5cC?&=a0ADMINadmin~|\"".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let target = "/" + String(decoding: bytes, as: UTF8.self)
            let request = RoutedRequest(target: target)
            guard case .route(1) = request.outcome(in: table) else { continue }
            let path = NaivePath(String(target.prefix { $0 != "?" }))
            #expect(!path.isRefused, "\(target)")
            for reading in [path.literal, path.lenient] {
                #expect(!(reading + [47]).starts(with: "/admin/".utf8), "\(target)")
            }
        }
    }
}

/// One spelling for what means one path.
@Suite struct NormalizedPathTests {
    private static let spellings = [
        "/a", "/%61", "/A", "/%41", "/a/", "/a%20b", "/a%2520b", "/a%2Bb", "/a+b", "/caf%C3%A9", "/caf%c3%a9", "/a%7eb",
        "/a~b",
        "/a%3Fb", "/a%3fb", "/%23", "/%2A", "/a%26b", "/a&b", "/a=b", "/a%3db", "/%22", "/\"", "/%7B", "/{", "/%FF",
        "/...",
    ]

    @Test func theSameIsWrittenTheSameAndNothingElseIs() throws {
        for one in Self.spellings {
            #expect(RouteRules.problem(withPath: one) == nil)
            #expect(RouteRules.normalized(RouteRules.normalized(one)) == RouteRules.normalized(one))
            for other in Self.spellings {
                let isSame = try PathReader.configured(one) == PathReader.configured(other)
                #expect((RouteRules.normalized(one) == RouteRules.normalized(other)) == isSame, "\(one) \(other)")
            }
        }
    }
}
