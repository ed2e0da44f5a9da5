// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// What routes do, on a worker with real sockets: exact bytes on both sides.
@Suite struct RouteActionTests {
    private func serving(
        _ routes: [RouteConfiguration],
        _ origins: [FakeOrigin] = [],
        logFormat: LogConfiguration.Format = .text
    ) throws -> ServingWorker {
        try ServingWorker(routes, origins, logFormat: logFormat)
    }

    private func route(_ action: RouteConfiguration.Action, prefix: String? = nil) -> RouteConfiguration {
        var route = RouteConfiguration(action)
        route.path = prefix.map { .prefix($0) }
        return route
    }

    private func redirect(_ location: String, _ status: Int = 308, prefix: String? = nil) -> RouteConfiguration {
        route(.redirect(RedirectConfiguration(location: location, status: status)), prefix: prefix)
    }

    private func respond(
        _ body: String,
        _ status: Int = 200,
        prefix: String? = nil,
        headers: [HeaderEdits.Field] = []
    ) -> RouteConfiguration {
        var response = FixedResponseConfiguration()
        response.status = status
        response.body = Array(body.utf8)
        response.headers = headers
        return route(.respond(response), prefix: prefix)
    }

    // MARK: Pools

    @Test func eachRouteGoesToItsPool() throws {
        let origins = [try FakeOrigin(), try FakeOrigin()]
        let worker = try serving([route(.pool("0"), prefix: "/a"), route(.pool("1"))], origins)
        let client = try worker.client()
        for target in ["/a", "/a/x?y", "/ab", "/"] { #expect(try client.get(target).status == 200) }
        client.close()
        try worker.stop()
        #expect(origins[0].requests.map(\.target) == ["/a", "/a/x?y"])
        #expect(origins[1].requests.map(\.target) == ["/ab", "/"])
    }

    @Test func noRouteIs404AndTheConnectionLives() throws {
        let origin = try FakeOrigin()
        let worker = try serving([route(.pool("0"), prefix: "/a")], [origin])
        let client = try worker.client()
        let answer = try client.get("/b")
        #expect(answer.status == 404)
        #expect(answer.fields["Proxy-Status"] == "curlew; error=destination_not_found")
        #expect(answer.text.hasPrefix("404 Not Found: no route matches the request\nRequest id: "))
        try client.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.response().status == 404)
        #expect(try client.get("/a").status == 200)
        #expect(origin.requests.count == 1)
        client.close()
        let log = try worker.stop()
        #expect(log.contains("ERROR: GET /b x - - no route matches the request\nRESPONSE: GET /b <- - [404] "))
    }

    @Test func aPathThatCouldBeAnotherIsRefused() throws {
        let origin = try FakeOrigin()
        let worker = try serving([respond("secret", prefix: "/admin"), route(.pool("0"))], [origin])
        for target in ["//admin", "/x/../admin", "/admin%2Fx", "/admin;x", "/%"] {
            let client = try worker.client()
            let answer = try client.get(target)
            #expect(answer.status == 400, "\(target)")
            #expect(answer.fields["Connection"] == "close")
            #expect(answer.fields["Proxy-Status"] == "curlew; error=http_request_error")
        }
        #expect(try worker.client().get("/%61dmin").text == "secret")
        #expect(try worker.client().get("/a%2Fb//c;d").status == 200)
        try worker.stop()
        #expect(origin.requests.map(\.target) == ["/a%2Fb//c;d"])
    }

    @Test func splitFollowsThePercentages() throws {
        let origins = [try FakeOrigin(), try FakeOrigin(), try FakeOrigin()]
        let shares = [
            SplitTarget(pool: "0", percent: 90), SplitTarget(pool: "1", percent: 10),
            SplitTarget(pool: "2", percent: 0),
        ]
        let worker = try serving([route(.split(shares))], origins)
        let client = try worker.client()
        for _ in 0..<1000 { #expect(try client.get("/").status == 200) }
        client.close()
        try worker.stop()
        // Six standard deviations of 9.5 on either side.
        #expect(abs(origins[1].requests.count - 100) < 58)
        #expect(origins[0].requests.count + origins[1].requests.count == 1000)
        #expect(origins[2].requests.isEmpty)
    }

    // MARK: Answers without a backend

    @Test func respondsByItself() throws {
        let fields = [
            HeaderEdits.Field(name: "X-One", value: "1"), HeaderEdits.Field(name: "Cache-Control", value: "no-store"),
        ]
        let worker = try serving([respond("ok\n", headers: fields)])
        let client = try worker.client()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let head =
            "HTTP/1.1 200 OK\r\nDate: #\r\nContent-Type: text/plain; charset=utf-8\r\nX-One: 1\r\nCache-Control: no-store\r\nContent-Length: 3\r\n\r\n"
        #expect(dateless(try client.response()) == head + "ok\n")
        #expect(dateless(try client.response(to: "HEAD")) == head)
        #expect(try client.get("/").text == "ok\n")
        client.close()
        let old = try worker.client()
        try old.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try old.response().fields["Connection"] == "close")
        let log = try worker.stop()
        #expect(log.contains("RESPONSE: GET / <- - [200] ") && !log.contains("REQUEST") && !log.contains("ERROR"))
    }

    @Test(arguments: [204, 304, 205])
    func statusesWithoutContentHaveNone(status: Int) throws {
        let worker = try serving([respond("body", status)])
        let client = try worker.client()
        for _ in 0..<2 {
            let answer = try client.get("/")
            #expect(answer.status == status)
            #expect(answer.fields["Content-Length"] == (status == 205 ? "0" : nil))
            #expect(answer.fields["Content-Type"] == nil)
        }
        client.close()
        try worker.stop()
    }

    @Test func redirects() throws {
        let worker = try serving([
            redirect("https://{host}{path}{query}", prefix: "/s"), redirect("{path}{query}", 302, prefix: "/r"),
            redirect("https://b.example/x?from={path}&{other}", 301),
        ])
        let client = try worker.client()
        func location(_ target: String, _ host: String = "a.example:3000") throws -> String? {
            try client.exchange("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n").fields["Location"]
        }
        #expect(try location("/s/1?x=%20&y") == "https://a.example/s/1?x=%20&y")
        #expect(try location("/s", "[::1]:80") == "https://[::1]/s")
        #expect(try location("/r//x?//y") == "/r//x?//y")
        #expect(try location("/other") == "https://b.example/x?from=/other&{other}")
        #expect(try location("http://c.example?q") == "https://b.example/x?from=/&{other}")
        let answer = try client.exchange("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
        #expect(
            dateless(answer)
                == "HTTP/1.1 308 Permanent Redirect\r\nDate: #\r\nContent-Length: 0\r\nLocation: https://a/s\r\n\r\n"
        )
        client.close()
        try worker.stop()
    }

    @Test func aRedirectLeadsToNoOtherHostThanItSays() throws {
        let worker = try serving([redirect("{path}{query}")])
        let client = try worker.client()
        for (target, location) in [
            ("//evil.example", "/evil.example"), ("///evil.example/x", "/evil.example/x"),
            ("/\\evil.example", "/evil.example"), ("/\\/evil", "/evil"), ("/", "/"), ("/?x//y", "/?x//y"),
        ] {
            #expect(try client.get(target).fields["Location"] == location)
        }
        let old = try serving([redirect("https://{host}/")])
        let oldClient = try old.client()
        try oldClient.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try oldClient.response().status == 400)
        client.close()
        try worker.stop()
        try old.stop()
    }

    @Test func anAnswerBeforeTheBodyEndsTheConnection() throws {
        let worker = try serving([respond("no", 403)])
        let client = try worker.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
        let answer = try client.response()
        #expect(answer.status == 403)
        #expect(answer.fields["Connection"] == "close")
        client.close()
        try worker.stop()
    }

    // MARK: The log

    @Test func theLogNamesARouteThatHasAName() throws {
        var named = respond("ok", prefix: "/a")
        named.name = "the \"api\""
        let worker = try serving([named, respond("ok")], logFormat: .json)
        let client = try worker.client()
        for target in ["/a", "/b"] { #expect(try client.get(target).status == 200) }
        client.close()
        let records = try worker.stop().split(separator: "\n").map { try JSONValue(String($0)) }
        let responses = records.filter { $0["category"]?.string == "RESPONSE" }
        #expect(responses.count == 2)
        #expect(responses[0]["route"]?.string == "the \"api\"")
        #expect(responses[1]["route"] == nil)
        #expect(responses[0]["backend"] == .null && responses[0]["pool"] == .null)
        #expect(responses[0]["bytes_out"]?.number == 2 && responses[0]["attempts"]?.number == 0)
    }
}
