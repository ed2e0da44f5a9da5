// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// What routes change of requests and responses on their way: exact bytes on both sides.
@Suite struct RouteChangesTests {
    private func route(prefix: String? = nil, _ change: (inout RouteOverrides) -> Void) -> RouteConfiguration {
        var route = RouteConfiguration(pool: "0")
        route.path = prefix.map { .prefix($0) }
        change(&route.overrides)
        return route
    }

    /// The target that a backend gets, and the X-Forwarded-Prefix with it.
    private func forwarded(_ rewrite: PathRewrite, _ target: String) throws -> [String?] {
        let origin = try FakeOrigin()
        let worker = try ServingWorker([route { $0.pathRewrite = rewrite }], [origin])
        let answer = try worker.client().get(target)
        try worker.stop()
        guard answer.status == 200 else { return ["\(answer.status)"] }
        let request = try origin.waitForRequest()
        return [request.target, request.fields["X-Forwarded-Prefix"]]
    }

    @Test(arguments: [
        ("/v1/x", "/x", true), ("/v1", "/", true), ("/v1/", "/", true), ("/v1?a=/v1", "/?a=/v1", true),
        ("/v1//x", "//x", true),
        ("/v1/a%2Fb?c", "/a%2Fb?c", true), ("/%761/x", "/x", true), ("/%76%31?q", "/?q", true),
        ("/v10/x", "/v10/x", false), ("/x/v1", "/x/v1", false), ("/", "/", false),
        ("http://a.example/v1/y", "/y", true),
        ("http://a.example?z", "/?z", false),
    ])
    func prefixesAreTakenAway(target: String, seen: String, isChanged: Bool) throws {
        let expected = [seen, isChanged ? "/v1" : nil]
        #expect(try forwarded(PathRewrite(from: "/v1", to: ""), target) == expected)
        #expect(try forwarded(PathRewrite(from: "/v1/", to: ""), target) == expected)
    }

    @Test(arguments: [
        ("/v1/x", "/api/x"), ("/v1", "/api"), ("/v1/", "/api/"), ("/v1?a", "/api?a"), ("/v10", "/v10"),
        ("/%761/%2F", "/api/%2F"),
    ])
    func prefixesAreReplaced(target: String, seen: String) throws {
        let expected = [seen, target.hasPrefix("/v10") ? nil : "/v1"]
        #expect(try forwarded(PathRewrite(from: "/v1", to: "/api"), target) == expected)
        #expect(try forwarded(PathRewrite(from: "/v1", to: "/api/"), target) == expected)
    }

    @Test func aPrefixCanBePutInFrontOfAll() throws {
        let rewrite = PathRewrite(from: "/", to: "/api")
        #expect(try forwarded(rewrite, "/x?y") == ["/api/x?y", nil])
        #expect(try forwarded(rewrite, "http://a.example?y") == ["/api?y", nil])
        #expect(try forwarded(PathRewrite(from: "/v1", to: "/"), "/v1/x") == ["/x", "/v1"])
        #expect(try forwarded(rewrite, "/../x") == ["400"])
    }

    @Test func aRedirectNamesTheRewrittenPath() throws {
        var moved = RouteConfiguration(
            .redirect(RedirectConfiguration(location: "https://{host}{path}{query}", status: 301))
        )
        moved.path = .prefix("/old")
        moved.overrides.pathRewrite = PathRewrite(from: "/old", to: "/new")
        let worker = try ServingWorker([moved], [])
        let client = try worker.client()
        #expect(try client.get("/old/x?y").fields["Location"] == "https://test.example/new/x?y")
        #expect(try client.get("/old").fields["Location"] == "https://test.example/new")
        client.close()
        try worker.stop()
    }

    // MARK: Header fields

    private func edits(
        remove: [String] = [],
        set: [(String, String)] = [],
        add: [(String, String)] = []
    ) -> HeaderEdits {
        var edits = HeaderEdits()
        edits.remove = remove
        edits.set = set.map { .init(name: $0.0, value: $0.1) }
        edits.add = add.map { .init(name: $0.0, value: $0.1) }
        return edits
    }

    /// The lines that a backend gets of `request`, with `#` for the request id.
    private func forwarded(_ edits: HeaderEdits, _ request: String) throws -> [String] {
        let origin = try FakeOrigin()
        let worker = try ServingWorker([route { $0.requestHeaders = edits }], [origin])
        _ = try worker.client().exchange(request)
        try worker.stop()
        let received = try origin.waitForRequest()
        let id = received.fields["X-Request-Id"] ?? "none"
        return received.headText.components("\r\n").dropLast(2).map { $0.replacing(id, with: "#") }
    }

    @Test func fieldsOfRequestsAreRemovedSetAndAdded() throws {
        let edits = edits(
            remove: ["x-DEBUG", "Via", "X-Forwarded-Host"],
            set: [("X-Env", "prod"), ("x-forwarded-proto", "https")],
            add: [("X-Tag", "a"), ("X-Env", "second"), ("X-Who", "{client_ip}@{host}#{request_id}{x}")]
        )
        let lines = try forwarded(
            edits,
            "GET /x HTTP/1.1\r\nHost: a.example:81\r\nX-Debug: 1\r\nX-ENV: dev\r\nX-Debugger: 2\r\nx-env:\r\nX-Tag: client\r\n\r\n"
        )
        #expect(
            lines == [
                "GET /x HTTP/1.1", "Host: a.example:81", "X-Debugger: 2", "X-Tag: client", "X-Forwarded-For: 127.0.0.1",
                "X-Request-Id: #", "X-Env: prod", "x-forwarded-proto: https", "X-Tag: a", "X-Env: second",
                "X-Who: 127.0.0.1@a.example##{x}", "X-Curlew: HTTP/1.1",
            ]
        )
    }

    @Test func bodiesAndChunksAreNotTouched() throws {
        let edits = edits(remove: ["Accept"], set: [("X-A", "b")])
        let lines = try forwarded(
            edits,
            "POST / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        #expect(
            lines.contains("Transfer-Encoding: chunked") && lines.contains("X-A: b") && !lines.contains("Accept: x")
        )
        #expect(
            try forwarded(edits, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").contains(
                "Content-Length: 2"
            )
        )
    }

    @Test func fieldsOfResponsesAreRemovedSetAndAdded() throws {
        let origin = try FakeOrigin { _ in
            .text("hello", fields: [("Server", "secret/1"), ("X-Frame-Options", "ALLOW"), ("Set-Cookie", "a=b")])
        }
        let changed = route {
            $0.responseHeaders = edits(
                remove: ["server", "Via", "X-Request-Id"],
                set: [("X-Frame-Options", "DENY"), ("Strict-Transport-Security", "max-age=1")],
                add: [("Set-Cookie", "c=d")]
            )
        }
        let worker = try ServingWorker([changed], [origin])
        let client = try worker.client()
        for _ in 0..<2 {
            #expect(
                dateless(try client.get("/")) == """
                    HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\nDate: #\r\nX-Frame-Options: DENY\r
                    Strict-Transport-Security: max-age=1\r\nSet-Cookie: c=d\r\n\r\nhello
                    """
            )
        }
        origin.stop()
        let failed = try client.get("/")
        #expect(failed.status == 502 && failed.fields["Strict-Transport-Security"] == "max-age=1")
        #expect(failed.fields["X-Request-Id"] == nil && failed.fields["Content-Length"] != nil)
        client.close()
        try worker.stop()
    }

    @Test func whatFramesAMessageCannotBeChanged() {
        for name in [
            "Content-Length", "transfer-encoding", "Connection", "TE", "Trailer", "Upgrade", "X-Curlew", "Expect",
            "Keep-Alive", "", "a b",
        ] {
            #expect(throws: StartError.self, "\(name)") { try HeaderEditor(edits(set: [(name, "x")]), ofRequest: true) }
            #expect(throws: StartError.self, "\(name)") { try HeaderEditor(edits(remove: [name]), ofRequest: false) }
        }
        #expect(throws: StartError.self) { try HeaderEditor(edits(set: [("host", "x")]), ofRequest: true) }
        for value in ["a\r\nX-B: c", "a\nb", "\u{0}", "\u{7F}"] {
            #expect(throws: StartError.self) { try HeaderEditor(edits(add: [("X-A", value)]), ofRequest: true) }
        }
    }

    // MARK: Limits and times

    @Test func theRoutesOwnLimitOfBodiesCounts() throws {
        let origin = try FakeOrigin()
        let routes = [
            route(prefix: "/small") { $0.bodyBytes = .some(4) }, route(prefix: "/any") { $0.bodyBytes = .some(nil) },
            route { _ in },
        ]
        let worker = try ServingWorker(routes, [origin], limits: LimitsConfiguration(bodyBytes: 8))
        func status(_ target: String, _ length: Int, chunked: Bool) throws -> Int {
            let body = String(repeating: "x", count: length)
            let rest =
                chunked
                ? "Transfer-Encoding: chunked\r\n\r\n\(String(length, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                : "Content-Length: \(length)\r\n\r\n\(body)"
            return try worker.client().exchange("POST \(target) HTTP/1.1\r\nHost: a\r\n\(rest)").status
        }
        for chunked in [false, true] {
            for (target, length, expected) in [
                ("/small", 4, 200), ("/small", 5, 413), ("/x", 8, 200), ("/x", 9, 413), ("/any", 100, 200),
                ("/small", 0, 200),
            ] {
                #expect(try status(target, length, chunked: chunked) == expected, "\(target) \(length) \(chunked)")
            }
        }
        try worker.stop()
    }

    @Test func theRoutesOwnTimesAndRetriesCount() throws {
        let silent = try StubbornOrigin.neverAnswering()
        var quick = RouteConfiguration(pool: "0")
        quick.path = .prefix("/quick")
        quick.overrides.timeouts = TimeoutsConfiguration(firstByte: .milliseconds(50))
        quick.overrides.retry = RetryConfiguration(attempts: 1)
        let configuration = GatewayConfiguration(
            pools: [
                PoolConfiguration(
                    name: "0",
                    backends: [
                        BackendConfiguration(url: .at(silent.endpoint)),
                        BackendConfiguration(url: .at(silent.endpoint)),
                    ]
                )
            ],
            routes: [quick, RouteConfiguration(pool: "0")]
        )
        let worker = try ServingWorker(configuration)
        #expect(try worker.client().get("/quick").status == 504)
        let log = try worker.stop()
        #expect(log.contains("no response within 50ms") && !log.contains("retrying"))
    }
}
