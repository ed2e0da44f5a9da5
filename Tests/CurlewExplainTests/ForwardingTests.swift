// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What a backend is sent, and what the gateway answers by itself.
@Suite struct ForwardingTests {
    private func change(_ name: String, _ explanation: Explanation) -> Explanation.HeaderChange? {
        explanation.forwarding?.requestHeaders.first { $0.name.lowercased() == name.lowercased() }
    }

    @Test func thePathIsToldBeforeAndAfter() throws {
        let yaml = route("path: /v1, strip_prefix: /v1")
        let forwarding = try #require(try explain("GET", "http://a/v1/x?q=1", in: yaml).forwarding)
        #expect(forwarding.target == "/v1/x?q=1")
        #expect(forwarding.backendTarget == "/x?q=1")
        let same = try #require(try explain("GET", "http://a/x", in: "backends: [\"http://b0:1\"]").forwarding)
        #expect(same.target == same.backendTarget)
    }

    @Test func changesOfTheRouteAreToldFromThoseOfTheGateway() throws {
        let yaml = route(
            "request_headers: { set: { X-Env: prod, X-Id: \"{request_id}\" }, add: { X-Tag: b }, remove: [X-Debug] }"
        )
        let headers = ["X-Debug: 1", "X-Tag: a", "X-Env: test", "Connection: close", "X-Other: kept"]
        let explanation = try explain("GET", "http://a/", headers, in: yaml)
        #expect(change("X-Debug", explanation) == .init(name: "X-Debug", before: "1", after: nil, cause: .route))
        #expect(change("X-Tag", explanation) == .init(name: "X-Tag", before: "a", after: "a, b", cause: .route))
        #expect(change("X-Env", explanation) == .init(name: "X-Env", before: "test", after: "prod", cause: .route))
        #expect(change("X-Id", explanation)?.after == "{request_id}")
        #expect(change("Connection", explanation)?.after == nil)
        #expect(change("Connection", explanation)?.cause == .gateway)
        #expect(change("X-Request-Id", explanation)?.after == "{request_id}")
        #expect(change("X-Forwarded-For", explanation)?.after == "192.0.2.1")
        #expect(change("X-Other", explanation) == nil)
        #expect(change("Host", explanation) == nil)
    }

    @Test func aBackendsOwnHostIsTold() throws {
        let yaml = "backends: [{ url: \"http://b0:1\", host: internal.example }]"
        let explanation = try explain("GET", "http://a/", in: yaml)
        #expect(change("Host", explanation)?.after == "internal.example")
        #expect(explanation.forwarding?.destinations.first?.backends.first?.host == "internal.example")
    }

    @Test func aBackendThatIsSignedForIsSaidToBe() throws {
        let signing = "aws_sigv4: { access_key: a, secret_key: b, region: eu-central-1, service: s3 }"
        let yaml = "backends: [{ url: \"https://s3.example\", \(signing) }]"
        let explanation = try explain("GET", "http://a/", in: yaml)
        let backend = try #require(explanation.forwarding?.destinations.first?.backends.first)
        #expect(backend.isSigned)
        #expect(backend.host == "s3.example")
    }

    @Test func aTraceBeginsOrGoesOn() throws {
        let yaml = "tracing: {}\nbackends: [\"http://b0:1\"]"
        let begun = try explain("GET", "http://a/", ["tracestate: a=b"], in: yaml)
        #expect(change("traceparent", begun)?.after == "00-{trace_id}-{span_id}-01")
        #expect(change("tracestate", begun)?.after == nil)
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let headers = ["traceparent: 00-\(trace)-b7ad6b7169203331-00", "tracestate: a=b"]
        let continued = try explain("GET", "http://a/", headers, in: yaml)
        #expect(change("traceparent", continued)?.after == "00-\(trace)-{span_id}-00")
        #expect(change("tracestate", continued) == nil)
        let untraced = try explain("GET", "http://a/", headers, in: "backends: [\"http://b0:1\"]")
        #expect(change("traceparent", untraced) == nil)
    }

    @Test func howTheBodyIsSentIsNoChangeOfTheHeader() throws {
        let yaml = "backends: [\"http://b0:1\"]"
        let explanation = try explain("POST", "http://a/", ["Content-Length: 7", "Expect: 100-continue"], in: yaml)
        #expect(explanation.request.body == .init(isChunked: false, bytes: 7))
        #expect(change("Content-Length", explanation) == nil)
        #expect(change("Expect", explanation) == nil)
        let chunked = try explain("POST", "http://a/", ["Transfer-Encoding: chunked"], in: yaml)
        #expect(chunked.request.body == .init(isChunked: true, bytes: nil))
    }

    @Test func changesOfTheAnswerAreToldInTheirOrder() throws {
        let yaml = route("response_headers: { add: { X-B: \"2\" }, remove: [Server], set: { X-A: \"1\" } }")
        let edits = try #require(try explain("GET", "http://a/", in: yaml).forwarding?.responseHeaders)
        #expect(edits.map(\.action) == [.remove, .set, .add])
        #expect(edits.map(\.name) == ["Server", "X-A", "X-B"])
    }

    @Test func aRedirectSaysWhereItLeads() throws {
        let yaml = """
            pools:
              web:
                backends: ["http://b0:1"]
            routes:
              - { path: /old, redirect: { to: "https://{host}/new{path}{query}", status: 301 } }
              - { exact_path: /up, respond: { body: "ok" , headers: { X-A: "1" } } }
              - { pool: web }
            """
        let redirect = try explain("GET", "http://shop.example:3000/old/a?b", in: yaml)
        #expect(redirect.result.kind == .answered)
        #expect(redirect.answer?.status == 301)
        #expect(redirect.answer?.location == "https://shop.example/new/old/a?b")
        let answer = try #require(try explain("GET", "http://a/up", in: yaml).answer)
        #expect(answer.status == 200)
        #expect(answer.bodyBytes == 2)
        #expect(answer.headers.contains(.init(name: "X-A", value: "1")))
        #expect(!answer.headers.contains { $0.name == "Date" })
    }

    @Test func aCopyIsToldAndWhyThereIsNone() throws {
        let yaml = """
            pools:
              web: { backends: ["http://b0:1"], retry: { body_buffer: 10 } }
              shadow: { backends: ["http://s0:1"] }
            routes:
              - { pool: web, mirror: { pool: shadow, percent: 30, concurrency: 7 } }
            """
        let mirror = try #require(try explain("GET", "http://a/", in: yaml).forwarding?.mirror)
        #expect(mirror == .init(pool: "shadow", percent: 30, concurrency: 7, obstacle: nil))
        let large = try explain("PUT", "http://a/", ["Content-Length: 11"], in: yaml)
        #expect(large.forwarding?.mirror?.obstacle?.contains("body_buffer") == true)
        let upgrade = try explain("GET", "http://a/", ["Connection: Upgrade", "Upgrade: websocket"], in: yaml)
        #expect(upgrade.forwarding?.mirror?.obstacle != nil)
        #expect(upgrade.request.isUpgrade)
    }
}
