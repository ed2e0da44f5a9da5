// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Glibc
import Testing

/// The admin listener of the real binary: what it answers, and whom.
@Suite(.threads(.few)) struct AdminTests {
    @Test func poolsAndBackendsTellHowTheyAre() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins) { gateway, admin in
            origins[0].refuse()
            for _ in 0..<10 { #expect(try gateway.get().text == "b") }
            try admin.waitForMetrics("10 requests") { $0["curlew_request_duration_seconds_count{pool=\"web\"}"] == 10 }
            let pools = try #require(try admin.json("/v1/pools")["pools"]?.array)
            #expect(pools.map { $0["name"]?.string } == ["web"])
            #expect(pools[0]["requests_total"]?.number == 10)
            #expect(pools[0]["state"]?.string == "serving")
            let backends = try #require(pools[0]["backends"]?.array)
            #expect(backends.map { $0["url"]?.string } == origins.map(\.url))
            #expect(backends.map { $0["state"]?.string } == ["unhealthy", "healthy"])
            #expect(backends[0]["reason"]?.string == "Connection refused")
            #expect(backends[1]["attempts_total"]?.number == 10)
            let id = try #require(backends[0]["id"]?.string)
            let backend = try admin.json("/v1/pools/web/backends/\(id)")
            #expect(backend["errors_total"]?["connection_refused"]?.number == 1)
            #expect(backend["transitions"]?.array?.map { $0["state"]?.string } == ["unhealthy", "healthy"])
            let latency = try #require(backends[1]["last_minute"]?["latency_seconds"])
            let p50 = try #require(latency["p50"]?.number)
            let p99 = try #require(latency["p99"]?.number)
            #expect(p50 > 0 && p50 <= p99)
            #expect(try admin.json("/v1/pools/web")["backends"]?.array?.count == 2)
        }
    }

    @Test func whatHasFailedOfLateIsTold() throws {
        let origin = try FakeOrigin("a")
        try withAdmin([origin]) { gateway, admin in
            #expect(try admin.json("/v1/errors")["errors"]?.array?.isEmpty == true)
            origin.refuse()
            for number in 0..<70 { #expect(try gateway.get("/\(number)").status >= 502) }
            let errors = try #require(try admin.json("/v1/errors")["errors"]?.array)
            #expect(errors.count == 64)
            #expect(errors[0]["target"]?.string == "/69")
            #expect(errors[0]["reason"]?.string == "no backend is available")
            #expect(errors[0]["request_id"]?.string?.count == 32)
        }
    }

    @Test func clientsDriveNoFailureOutOfTheList() throws {
        let origin = try FakeOrigin { $0.target == "/break" ? .text("", status: 999) : .text("a") }
        try withAdmin([origin], { $0.top.append("rate_limit: { requests: 2, per: 1h }") }) { gateway, admin in
            #expect(try gateway.get("/break").status == 502)
            #expect(try gateway.get().status == 200)
            for _ in 0..<70 { #expect(try gateway.get("/many").status == 429) }
            let errors = try #require(try admin.json("/v1/errors")["errors"]?.array)
            #expect(errors.map { $0["target"]?.string } == ["/break"])
        }
    }

    @Test func statusTellsOfTheGatewayAsAWhole() throws {
        try withAdmin(try namedOrigins("a"), { $0.workers = 2 }) { gateway, admin in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            let status = try admin.json("/v1/status")
            #expect(status["workers"]?.number == 2)
            #expect(status["state"]?.string == "serving" && status["ready"]?.bool == true)
            #expect(status["connections"]?["open"]?.number == 1)
            #expect(status["libcurl"]?.string?.hasPrefix("libcurl ") == true)
            #expect(try admin.json("/live")["status"]?.string == "live")
        }
    }

    @Test func itIsReadyWhileAPoolCanServeAndNotWhileItStops() throws {
        let origin = try FakeOrigin("a")
        try withAdmin([origin], { $0.top.append("drain_delay: 60s") }) { gateway, admin in
            #expect(try admin.get("/ready").status == 200)
            origin.refuse()
            #expect(try gateway.get().status == 502)
            let answer = try admin.get("/ready")
            #expect(answer.status == 503)
            #expect(answer.fields["Content-Type"] == "application/problem+json")
            #expect(try JSONValue(answer.text)["detail"]?.string == "no pool has a healthy backend")
            gateway.process.send(SIGTERM)
            _ = try gateway.log.wait(forPrefix: "INFO: SIGTERM")
            #expect(try JSONValue(try admin.get("/ready").text)["detail"]?.string == "the gateway is stopping")
            #expect(try admin.get("/live").status == 200)
            // Whoever asks again need not wait until the delay is over.
            try gateway.process.stopAtOnce()
        }
    }

    @Test func eventsComeAsTheyHappen() throws {
        let origin = try FakeOrigin("a")
        try withAdmin([origin]) { gateway, admin in
            let client = try RawClient(port: admin.port)
            try client.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
            let head = try client.head()
            #expect(head.status == 200 && head.fields["Content-Type"] == "text/event-stream")
            var text = ""
            let receive = { (wanted: String) in
                while !text.contains(wanted) { text += try client.receive() }
            }
            try receive("event: state\ndata: {\"pools\":[{\"name\":\"web\"")
            origin.refuse()
            #expect(try gateway.get().status == 502)
            try receive("event: health\ndata: ")
            try receive("\"backend\":\"\(origin.url)\",\"state\":\"unhealthy\",\"reason\":\"Connection refused\"}\n\n")
            text = ""
            try receive("event: state\n")
            // Who listens for ever keeps nobody from stopping, which withGateway waits for.
        }
    }

    @Test func theTokenIsAskedForWhereThereIsOne() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a-token-of-its-own\n", to: "token")
        let setting = "admin: { listen: \"127.0.0.1:0\", token_file: \(file) }"
        try withAdmin(try namedOrigins("a"), { $0.top = [setting] }) { _, admin in
            for path in ["/metrics", "/v1/pools", "/v1/status", "/v1/events", "/nothing"] {
                let answer = try admin.get(path)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.fields["WWW-Authenticate"] == "Bearer realm=\"curlew\"")
                #expect(try admin.get(path, fields: ["Authorization: Bearer a-token-of-its-owm"]).status == 401)
            }
            let shown = ["Authorization: Bearer a-token-of-its-own", "Host: gateway.example"]
            #expect(try admin.get("/metrics", fields: shown).status == 200)
            #expect(try admin.get("/nothing", fields: shown).status == 404)
            #expect(try admin.get("/ready").status == 200)
        }
    }

    @Test func withoutATokenAForeignNameGetsNothing() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            for path in ["/metrics", "/v1/pools", "/ready", "/nothing"] {
                let answer = try admin.get(path, fields: ["Host: rebound.example:\(admin.port)"])
                #expect(answer.status == 403)
                #expect(answer.fields["Access-Control-Allow-Origin"] == nil)
            }
            #expect(try admin.get("/metrics", fields: ["Host: 127.0.0.1:\(admin.port)"]).status == 200)
        }
    }

    @Test func wrongPathsAndMethodsAreToldSo() throws {
        try withAdmin(try namedOrigins("a")) { gateway, admin in
            for path in [
                "/index.html", "/v1", "/v1/pools/none", "/v1/pools/web/backends/0000000000000000", "/metrics/",
            ] {
                let answer = try admin.get(path)
                #expect(answer.status == 404)
                #expect(answer.fields["Content-Type"] == "application/problem+json")
                #expect(try JSONValue(answer.text)["status"]?.number == 404)
            }
            for method in ["POST", "DELETE", "OPTIONS", "BREW"] {
                let answer = try admin.get("/v1/pools", method: method)
                #expect(answer.status == 405)
                #expect(answer.fields["Allow"] == "GET, HEAD")
            }
            let head = try admin.get("/v1/pools", method: "HEAD")
            #expect(head.status == 200 && head.text.isEmpty)
            // It serves nobody's requests, and the gateway's port does not serve its answers.
            #expect(try gateway.get("/metrics").text == "a")
        }
    }

    @Test func aWholeNetworkIsNotLetInWithoutAToken() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "admin: { listen: \"0.0.0.0:3900\" }\nbackends: [\"http://h\"]\n",
            to: "curlew.yaml"
        )
        let process = try GatewayProcess.start(["--config", file])
        #expect(try process.waitForExit() == .status(78))
        #expect(
            process.standardError.lines.contains { $0.contains("nothing keeps them from asking (hint: add token_file") }
        )
    }

    @Test func whatIsAnsweredIsAsTheDescriptionSays() throws {
        try withAdmin(try namedOrigins("a")) { gateway, admin in
            #expect(try gateway.get().status == 200)
            let script = "Tests/EndToEndTests/Support/check-openapi.py"
            let tool = try ChildProcess(
                ["/usr/bin/python3", script, "http://127.0.0.1:\(admin.port)"],
                environment: ["PATH": "/usr/bin:/bin"]
            )
            #expect(try tool.waitForExit() == .status(0), "\(tool.standardError.lines) \(tool.standardOutput.lines)")
        }
    }
}
