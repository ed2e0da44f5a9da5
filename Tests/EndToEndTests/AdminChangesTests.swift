// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What operators change through the admin listener of the real binary.
@Suite(.threads(.few)) struct AdminChangesTests {
    @Test func aBackendThatIsDisabledGetsNothingMoreFromTheAnswerOn() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins, { $0.workers = 2 }) { gateway, admin in
            let paths = try admin.backends()
            let clients = try (0..<8).map { _ in try gateway.connect() }
            for client in clients { _ = try client.get() }
            let answer = try admin.write("PATCH", paths[0], #"{"enabled": false}"#)
            #expect(answer.status == 200)
            let backend = try JSONValue(answer.text)
            #expect(backend["enabled"]?.bool == false && backend["state"]?.string == "healthy")
            #expect(backend["overridden"]?.array?.map(\.string) == ["enabled"])
            for client in clients { #expect(try client.get().text == "b") }
            #expect(try admin.write("PATCH", paths[0], #"{"enabled": true}"#).status == 200)
            #expect(Set(try clients.prefix(4).map { try $0.get().text }) == ["a", "b"])
            let said = try gateway.log.wait(for: "both changes", count: 2) { $0.contains("admin API") }
            #expect(
                said == [
                    "INFO: admin API (127.0.0.1): changed: pool web \(origins[0].url): enabled true -> false",
                    "INFO: admin API (127.0.0.1): changed: pool web \(origins[0].url): enabled false -> true",
                ]
            )
        }
    }

    @Test func withNobodyEnabledThePoolIsDownAndSaysSo() throws {
        try withAdmin(try namedOrigins("a")) { gateway, admin in
            let path = try admin.backends()[0]
            #expect(try admin.write("PATCH", path, #"{"enabled": false}"#).status == 200)
            #expect(try gateway.get().status == 503)
            #expect(try admin.get("/ready").status == 503)
            #expect(try admin.json("/v1/pools/web")["state"]?.string == "down")
            #expect(try admin.write("PATCH", path, #"{"enabled": true}"#).status == 200)
            #expect(try gateway.get().text == "a")
        }
    }

    @Test func weightsShareOutAnew() throws {
        try withAdmin(try namedOrigins("a", "b")) { gateway, admin in
            let paths = try admin.backends()
            #expect(try admin.write("PATCH", paths[1], #"{"weight": 3}"#).status == 200)
            let client = try gateway.connect()
            let answers = try (0..<8).map { _ in try client.get().text }
            #expect(answers.count { $0 == "b" } == 6)
        }
    }

    @Test func aBackendThatIsAddedIsPingedFirst() throws {
        let (origin, other) = (try FakeOrigin("a"), try FakeOrigin("b"))
        try withAdmin([origin]) { gateway, admin in
            let answer = try admin.write("POST", "/v1/pools/web/backends", #"{"url": "\#(other.url)", "weight": 2}"#)
            #expect(answer.status == 201)
            let location = try #require(answer.fields["Location"])
            #expect(try admin.json(location)["weight"]?.number == 2)
            try gateway.waitUntilHealthy([other.url])
            #expect(other.pings == 1)
            #expect(Set(try (0..<3).map { _ in try gateway.get().text }) == ["a", "b"])
            let dead = try FakeOrigin("dead")
            dead.refuse()
            #expect(try admin.write("POST", "/v1/pools/web/backends", #"{"url": "\#(dead.url)"}"#).status == 201)
            for _ in 0..<6 { #expect(try gateway.get().status == 200) }
            #expect(try admin.write("DELETE", location).status == 204)
            #expect(Set(try (0..<3).map { _ in try gateway.get().text }) == ["a"])
            dead.stop()
        }
        other.stop()
    }

    @Test func oneThatIsRemovedLeavesWhenItIsDone() throws {
        let gate = Gate()
        let slow = try FakeOrigin { _ in .text("slow", gate: gate) }
        let other = try FakeOrigin("b")
        try withAdmin([slow, other]) { gateway, admin in
            defer { gate.open() }
            let path = try admin.backends()[0]
            let client = try gateway.connect()
            try client.send(request())
            try slow.waitForRequest()
            #expect(try admin.write("DELETE", path).status == 204)
            #expect(try admin.json(path)["state"]?.string == "leaving")
            #expect(try gateway.get().text == "b")
            gate.open()
            #expect(try client.response().text == "slow")
            #expect(try admin.get(path).status == 404)
        }
    }

    @Test func whatWasChangedSurvivesAReloadAndNotARestart() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withAdmin(origins, { $0.backends = origins[..<2].map(\.url) }) { gateway, admin in
            let paths = try admin.backends()
            #expect(try admin.write("PATCH", paths[0], #"{"enabled": false}"#).status == 200)
            #expect(try admin.write("PUT", "/v1/log/level", #"{"level": "debug"}"#).status == 200)
            try gateway.reload { $0.timeouts = ["idle: 50s"] }
            #expect(Set(try (0..<4).map { _ in try gateway.get().text }) == ["b"])
            #expect(try admin.json("/v1/log/level")["level"]?.string == "debug")
            // Nothing is said of a backend that the file does not have any more.
            try gateway.reload { $0.backends = origins[1...].map(\.url) }
            try gateway.log.wait(for: "what is forgotten") {
                $0.hasPrefix("INFO: SIGHUP: forgotten of what was changed through the admin API")
                    && $0.hasSuffix(": pool web \(origins[0].url): enabled false")
            }
            #expect(try admin.json("/v1/overrides")["pools"]?.array?.isEmpty == true)
            #expect(TemporaryFolder.read(gateway.file)?.contains("enabled") == false)
            let forgotten = try admin.write("DELETE", "/v1/overrides")
            #expect(try JSONValue(forgotten.text)["changes"]?.array?.map(\.string) == ["log.level debug -> info"])
        }
    }

    @Test func oneThatIsKeptOutStaysOutWhenTheFileComesToNameIt() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins, { $0.backends = [origins[0].url] }) { gateway, admin in
            let body = #"{"url": "\#(origins[1].url)", "weight": 50, "enabled": false}"#
            #expect(try admin.write("POST", "/v1/pools/web/backends", body).status == 201)
            try gateway.reload { $0.backends = origins.map(\.url) }
            for _ in 0..<4 { #expect(try gateway.get().text == "a") }
            let backend = try admin.json(admin.backends()[1])
            #expect(backend["weight"]?.number == 50 && backend["enabled"]?.bool == false)
            #expect(backend["overridden"]?.array?.map(\.string) == ["weight", "enabled"])
            try gateway.log.wait(for: "what is forgotten") {
                $0.hasSuffix("without backends: pool web +\(origins[1].url)")
            }
        }
    }

    @Test func aChangeIsToldWhateverTheLevelOfTheLog() throws {
        try withAdmin(try namedOrigins("a", "b")) { gateway, admin in
            #expect(try admin.write("PUT", "/v1/log/level", #"{"level": "critical"}"#).status == 200)
            #expect(try admin.write("PATCH", try admin.backends()[0], #"{"weight": 3}"#).status == 200)
            try gateway.rewrite { $0.timeouts = ["idle: 50s"] }
            #expect(try admin.write("POST", "/v1/config/reload").status == 200)
            let said = try gateway.log.wait(for: "every change", count: 3) {
                $0.hasPrefix("INFO: admin API (127.0.0.1)")
            }
            #expect(said.map { $0.contains("critical") } == [true, false, false])
            #expect(said[1].contains("weight 1 -> 3") && said[2].contains("configuration reloaded"))
        }
    }

    @Test func theConfigurationCanBeShownCheckedAndReadAgain() throws {
        let folder = try TemporaryFolder()
        let token = try folder.write("a-token-of-its-own\n", to: "token")
        let setting = "admin: { listen: \"127.0.0.1:0\", token_file: \(token) }"
        let origins = try namedOrigins("a", "b")
        let settings: (inout GatewaySettings) -> Void = {
            $0.backends = [origins[0].url]
            $0.top = [setting]
            $0.route = ["request_headers: { set: { Authorization: Bearer inner, X-Env: prod } }"]
        }
        try withAdmin([origins[0]], settings) { gateway, admin in
            let shown = ["Authorization: Bearer a-token-of-its-own", "Content-Type: application/json"]
            let answer = try admin.get("/v1/config", fields: shown)
            #expect(answer.fields["Content-Type"] == "application/yaml")
            #expect(answer.text.contains(origins[0].url) && answer.text.contains("prod"))
            #expect(!answer.text.contains("a-token-of-its-own") && !answer.text.contains("Bearer inner"))
            let json = try admin.get("/v1/config", fields: shown + ["Accept: application/json"])
            #expect(try JSONValue(json.text)["pools"]?["web"] != nil && !json.text.contains("Bearer inner"))
            let either = shown + ["Accept: application/json;q=0.1, application/yaml"]
            #expect(try admin.get("/v1/config", fields: either).fields["Content-Type"] == "application/yaml")

            try gateway.rewrite { $0.backends.append(origins[1].url) }
            let text = try #require(TemporaryFolder.read(gateway.file))
            let body = { (text: String) in
                #"{"configuration": "\#(text.replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))"}"#
            }
            let path = "/v1/config/validate"
            let good = try JSONValue(try admin.write("POST", path, body(text), fields: shown).text)
            #expect(good["valid"]?.bool == true)
            #expect(good["changes"]?.array?.map(\.string) == ["pool web +\(origins[1].url)"])
            let bad = body(text.replacing("workers: 1", with: "workers: 0\nnonsense: 1"))
            let found = try JSONValue(try admin.write("POST", path, bad, fields: shown).text)
            #expect(found["valid"]?.bool == false)
            #expect(found["problems"]?.array?.map { $0["line"]?.number } == [3, 4])
            #expect(try gateway.get().text == "a")

            let reloaded = try admin.write("POST", "/v1/config/reload", fields: shown)
            #expect(reloaded.status == 200)
            #expect(try JSONValue(reloaded.text)["changes"]?.array?.count == 1)
            try gateway.rewrite { $0.top = [setting, "nonsense: 1"] }
            let refused = try admin.write("POST", "/v1/config/reload", "{}", fields: shown)
            #expect(refused.status == 422 && refused.fields["Content-Type"] == "application/problem+json")
            #expect(try JSONValue(refused.text)["problems"]?.array?.count == 1)
            _ = try gateway.log.wait(forPrefix: "ERROR: admin API (127.0.0.1): the configuration stays as it was")
        }
        origins[1].stop()
    }

    @Test func twoWhoChangeAtOnceBothHaveTheirWay() throws {
        try withAdmin(try namedOrigins("a", "b", "c", "d")) { gateway, admin in
            let paths = try admin.backends()
            try concurrently(4) { number in
                for weight in 1...25 {
                    let answer = try admin.write("PATCH", paths[number], "{\"weight\": \(weight * 4 + number)}")
                    let backend = try JSONValue(answer.text)
                    guard answer.status == 200, backend["weight"]?.number == Double(weight * 4 + number) else {
                        throw KitError.malformed(answer.text)
                    }
                }
            }
            let backends = try #require(try admin.json("/v1/pools/web")["backends"]?.array)
            #expect(backends.map { $0["weight"]?.number } == [100, 101, 102, 103])
            let said = try gateway.log.wait(for: "every change", count: 100) { $0.contains("weight") }
            #expect(said.count == 100)
        }
    }

    @Test func changesAndReloadsAtOnceLoseNothing() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins, { $0.workers = 2 }) { gateway, admin in
            let load = SteadyLoad(port: gateway.port, targets: ["/x"], keeping: 2, renewing: 1)
            let path = try admin.backends()[0]
            let writer = BackgroundThread {
                for number in 0..<40 {
                    let answer = try? admin.write("PATCH", path, "{\"weight\": \(2 + number % 9)}")
                    if answer?.status != 200 { Issue.record("\(String(describing: answer))") }
                }
            }
            for number in 0..<20 { try gateway.reload { $0.timeouts = ["idle: \(30 + number)s"] } }
            try writer.join(until: .after(seconds: 60))
            #expect(try load.stop() == [])
            #expect(try admin.json(path)["weight"]?.number == Double(2 + 39 % 9))
        }
    }
}
