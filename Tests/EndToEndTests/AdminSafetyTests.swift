// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Whom the admin listener of the real binary lets change something, and what those who may not can do to it.
@Suite(.threads(.few)) struct AdminSafetyTests {
    /// Each request that changes something, with a body that would be taken.
    private func writes(_ admin: AdminClient) throws -> [(method: String, path: String, body: String)] {
        let backend = try admin.backends()[0]
        return [
            ("PATCH", backend, #"{"weight": 9}"#), ("DELETE", backend, "{}"), ("POST", "\(backend)/drain", "{}"),
            ("POST", "/v1/pools/web/backends", #"{"url": "http://127.0.0.1:9"}"#), ("DELETE", "/v1/overrides", "{}"),
            ("POST", "/v1/config/reload", "{}"), ("POST", "/v1/config/validate", #"{"configuration": ""}"#),
            ("PUT", "/v1/log/level", #"{"level": "debug"}"#),
            // Which changes nothing, but is asked for in the same way.
            ("POST", "/v1/explain", #"{"method": "GET", "url": "/"}"#),
        ]
    }

    /// Nothing but the answer has come of what was asked.
    private func expectNothingChanged(_ gateway: GatewayProcess, _ admin: AdminClient) throws {
        let overrides = try admin.get("/v1/overrides").text
        #expect(overrides == #"{"log_level":null,"pools":[]}"#)
        #expect(!gateway.log.lines.contains { $0.contains("admin API (") && !$0.contains("without the right token") })
    }

    @Test func noFormOfAnotherSiteChangesAnything() throws {
        try withAdmin(try namedOrigins("a", "b")) { gateway, admin in
            for write in try writes(admin) {
                // What a page can send to any site without being asked for: a form, an image, fetch with mode no-cors.
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
                    let fields = ["Origin: http://evil.example", "Content-Type: \(type)"]
                    #expect(try admin.write(write.method, write.path, write.body, fields: fields).status == 415)
                }
                #expect(try admin.write(write.method, write.path, write.body, fields: []).status == 415)
            }
            try expectNothingChanged(gateway, admin)
        }
    }

    @Test func noScriptOfAnotherOriginChangesAnything() throws {
        try withAdmin(try namedOrigins("a", "b")) { gateway, admin in
            let json = "Content-Type: application/json"
            for write in try writes(admin) {
                for origin in ["http://evil.example", "http://localhost:1", "https://localhost:\(admin.port)", "null"] {
                    let fields = ["Host: localhost:\(admin.port)", json, "Origin: \(origin)"]
                    let answer = try admin.write(write.method, write.path, write.body, fields: fields)
                    #expect(answer.status == 403, "\(write.path) from \(origin)")
                    #expect(answer.fields["Access-Control-Allow-Origin"] == nil)
                }
                for site in ["cross-site", "same-site"] {
                    let fields = [json, "Sec-Fetch-Site: \(site)"]
                    #expect(try admin.write(write.method, write.path, write.body, fields: fields).status == 403)
                }
                // What a browser asks for ahead of such a request is not allowed, so it is never sent.
                let preflight = ["Origin: http://evil.example", "Access-Control-Request-Method: \(write.method)"]
                let answer = try admin.get(write.path, fields: preflight, method: "OPTIONS")
                #expect(answer.status == 405)
                #expect(!answer.headText.lowercased().contains("access-control-allow"))
            }
            try expectNothingChanged(gateway, admin)
        }
    }

    @Test func noNameThatWasTurnedToThisMachineChangesAnything() throws {
        try withAdmin(try namedOrigins("a", "b")) { gateway, admin in
            for write in try writes(admin) {
                // To the browser this is one origin: the page's own.
                let name = "rebound.example:\(admin.port)"
                let fields = ["Host: \(name)", "Origin: http://\(name)", "Content-Type: application/json"]
                #expect(try admin.write(write.method, write.path, write.body, fields: fields).status == 403)
            }
            try expectNothingChanged(gateway, admin)
        }
    }

    @Test func itsOwnPageMay() throws {
        try withAdmin(try namedOrigins("a", "b")) { _, admin in
            let host = "localhost:\(admin.port)"
            let fields = [
                "Host: \(host)", "Origin: http://\(host)", "Sec-Fetch-Site: same-origin",
                "Content-Type: application/json",
            ]
            let path = try admin.backends()[0]
            #expect(try admin.write("PATCH", path, #"{"weight": 9}"#, fields: fields).status == 200)
        }
    }

    private static let token = "a-token-of-its-own"

    private func withToken(_ body: (GatewayProcess, AdminClient) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("\(Self.token)\n", to: "token")
        let setting = "admin: { listen: \"127.0.0.1:0\", token_file: \(file) }"
        try withAdmin(try namedOrigins("a", "b"), { $0.top = [setting] }, body)
    }

    @Test func withoutTheTokenNothingIsChangedAndGuessesAreTold() throws {
        try withToken { gateway, admin in
            let paths = ["/v1/overrides", "/v1/config/reload", "/v1/log/level", "/v1/pools/web/backends"]
            for path in paths {
                for method in ["POST", "PUT", "DELETE", "PATCH"] {
                    for guess in ["", "Bearer", "Bearer a-token-of-its-ow", "Bearer a-token-of-its-owm", "Basic YTpi"] {
                        let fields = ["Content-Type: application/json", "Authorization: \(guess)"]
                        #expect(try admin.write(method, path, "{}", fields: fields).status == 401)
                    }
                }
            }
            let said = try gateway.log.wait(for: "the guesses to be told") { $0.contains("without the right token") }
            #expect(said == ["ERROR: admin API: a request without the right token, the last from 127.0.0.1"])
            let shown = ["Authorization: Bearer \(Self.token)", "Content-Type: application/json"]
            #expect(try admin.write("PUT", "/v1/log/level", #"{"level": "debug"}"#, fields: shown).status == 200)
            #expect(!gateway.log.lines.contains { $0.contains(Self.token) })
        }
    }

    @Test func whoMayNotAskIsToldBeforeHisBodyIsRead() throws {
        try withToken { _, admin in
            let client = try RawClient(port: admin.port)
            let fields = ["Content-Type: application/json", "Content-Length: 1000000"]
            try client.send(AdminClient.request("POST", "/v1/config/validate", fields: fields))
            let answer = try client.response()
            #expect(answer.status == 401 && answer.fields.lists("close", in: "Connection"))
        }
    }

    @Test func bodiesHaveALimit() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            let client = try RawClient(port: admin.port)
            let fields = ["Content-Type: application/json", "Content-Length: 1048577"]
            try client.send(AdminClient.request("POST", "/v1/config/validate", fields: fields))
            let refused = try client.response()
            #expect(refused.status == 413 && refused.fields["Content-Type"] == "application/problem+json")
            #expect(try JSONValue(refused.text)["detail"]?.string == "a body has 1 MiB at most: send less")
            let text = String(repeating: "#", count: 1_000_000)
            let answer = try admin.write("POST", "/v1/config/validate", #"{"configuration": "\#(text)"}"#)
            #expect(answer.status == 200 && answer.text.contains("the file holds no settings"))
        }
    }

    @Test func whatIsNoRequestIsAProblemToo() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            for (head, status) in [
                ("GET / HTTP/2.0\r\nHost: localhost\r\nAccept: application/json", 505),
                ("GET /v1/pools HTTP/1.1\r\nHost : localhost", 400), ("GET /v1/pools HTTP/1.1\r\nX: y", 400),
                ("CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1", 405),
            ] {
                let client = try RawClient(port: admin.port)
                try client.send(head + "\r\n\r\n")
                let answer = try client.response()
                #expect(answer.status == status && answer.fields["Content-Type"] == "application/problem+json")
                let problem = try JSONValue(answer.text)
                #expect(problem["status"]?.number == Double(status))
                #expect(problem["detail"]?.string?.isEmpty == false)
            }
        }
    }

    @Test func whoOnlyKeepsConnectionsKeepsNobodyFromAsking() throws {
        try withAdmin(try namedOrigins("a"), { $0.descriptors = nil }) { _, admin in
            let mine = try RawClient(port: admin.port, from: "127.0.0.3")
            let ask = "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try mine.send(ask)
            #expect(try mine.response().status == 200)
            // As many as there are places, and more, of which none is the operator's.
            let silent = try (0..<120).map { number in
                try RawClient(port: admin.port, from: number % 2 == 0 ? "127.0.0.1" : "127.0.0.2")
            }
            for path in ["/live", "/ready", "/metrics", "/v1/pools"] { #expect(try admin.get(path).status == 200) }
            // Nor do they where all are his own, of which the last have begun to ask.
            let own = try (0..<64).map { _ in
                let client = try RawClient(port: admin.port)
                try client.send("GET / HTTP/1.1\r\n")
                return client
            }
            for _ in 0..<3 { #expect(try admin.get("/v1/status").status == 200) }
            for client in own { client.close() }
            // Who has asked something keeps his place ahead of those who have not.
            try mine.send(ask)
            #expect(try mine.response().status == 200)
            for client in silent { client.close() }
        }
    }

    @Test func slowClientsKeepTheirPlacesForSecondsAndNotAllOfThem() throws {
        try withAdmin(try namedOrigins("a"), { $0.descriptors = nil }) { gateway, admin in
            let post = "POST /v1/config/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            // One address does not get more than 64 places of 100. A body is waited for, where a head is not when there is no
            // place.
            let slow = try (0..<64).map { _ in
                let client = try RawClient(port: admin.port)
                try client.send(post + "Content-Length: 9\r\n\r\n{")
                return client
            }
            let other = try RawClient(port: admin.port, from: "127.0.0.2")
            try other.send("GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            // Whoever came before has been listened to by now.
            #expect(try other.response().status == 200)
            try other.send("GET / HTTP/1.1\r\nHost: lo")
            let refused = try RawClient(port: admin.port).response()
            #expect(refused.status == 429 && refused.fields["Content-Type"] == "application/problem+json")
            // The gateway's own clients do not notice.
            #expect(try gateway.get().text == "a")
            for client in slow + [other] {
                #expect(try client.response().status == 408)
                client.close()
            }
            // Its places are free as soon as the listener has seen that they have left.
            let deadline = Deadline.usual
            while try admin.get("/live").status != 200 {
                guard !deadline.hasPassed else { throw KitError.process("the places are still taken") }
            }
        }
    }

    @Test func nobodyWaitsForAConfigurationThatTakesLong() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            let path = "/v1/config/validate"
            let small = #"{"configuration": "backends: [http://h]"}"#
            let list = (0..<40_000).map { "http://h\($0)" }.joined(separator: ",")
            let client = try RawClient(port: admin.port)
            try client.send(AdminClient.request("POST", path, #"{"configuration": "backends: [\#(list)]"}"#))
            // There is one at a time, by which is seen that this one is being read.
            let deadline = Deadline.usual
            while try admin.write("POST", path, small).status != 503, !deadline.hasPassed {}
            #expect(try admin.get("/live").status == 200)
            #expect(try JSONValue(try client.response().text)["valid"]?.bool == true)
            #expect(try JSONValue(try admin.write("POST", path, small).text)["valid"]?.bool == true)
        }
    }

    @Test func aClientThatReadsNothingKeepsNobodyElseWaiting() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            let client = try RawClient(port: admin.port, receiveBuffer: 4096)
            let ask = "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try client.send(String(repeating: ask, count: 100))
            for _ in 0..<10 { #expect(try admin.get("/v1/pools").status == 200) }
            let path = try admin.backends()[0]
            #expect(try admin.write("PATCH", path, #"{"weight": 2}"#).status == 200)
            client.reset()
        }
    }
}
