// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Whatever the mirror's backend does, and however many copies there would be, clients notice nothing.
@Suite(.threads(.few)) struct MirrorTroubleTests {
    private static func shadow(_ trouble: String) throws -> FakeOrigin {
        switch trouble {
        case "hangs": return try StubbornOrigin.neverAnswering()
        case "closes": return try StubbornOrigin.closing(afterAnswering: 2)
        case "resets": return try StubbornOrigin.resetting(afterAnswering: 2)
        case "talks nonsense": return try StubbornOrigin.sending("SSH-2.0-x\r\n\r\n")
        case "stalls": return try StubbornOrigin.sendingThenSilent("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour")
        case "takes no body": return try StubbornOrigin.reading(when: Gate())
        case "switches": return try StubbornOrigin.sending("HTTP/1.1 101 x\r\nConnection: upgrade\r\n\r\n")
        case "breaks chunks":
            return try StubbornOrigin.sending("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        default:
            let origin = try FakeOrigin()
            origin.stop()
            return origin
        }
    }

    @Test(arguments: [
        "hangs", "closes", "resets", "talks nonsense", "stalls", "takes no body", "switches", "breaks chunks",
        "refuses",
    ])
    func clientsNoticeNothing(trouble: String) throws {
        let main = try FakeOrigin { .echo($0) }
        let shadow = try Self.shadow(trouble)
        try withMirror(main, shadow, ["concurrency: 20"]) { gateway in
            let client = try gateway.connect()
            let watch = Stopwatch()
            for number in 0..<40 {
                let body = "hello \(number)"
                #expect(try client.exchange(request("POST", "/x", body: body)).text == body)
                #expect(try client.exchange(chunked("POST", "/y", pieces: ["a", body])).text == "a" + body)
            }
            // Far from any time limit that a copy may run into, of which each of these would wait for one.
            #expect(watch.seconds < 20 * Deadline.scale)
            let responses = try gateway.log.waitForRecords("RESPONSE", count: 80)
            #expect(responses.allSatisfy { $0["status"]?.number == 200 && $0["backend"]?.string == main.url })
            #expect(main.requests.count == 80)
            #expect(!gateway.log.records.contains { $0["category"]?.string == "ERROR" && $0["method"] != nil })
            let healthy = gateway.log.records.filter { $0["category"]?.string == "HEALTH" }
            #expect(!healthy.contains { $0["backend"]?.string == main.url && $0["healthy"]?.bool == false })
        }
    }

    @Test func failureOfACopyTakesTheMirrorsBackendOut() throws {
        let main = try FakeOrigin("main")
        let shadow = try StubbornOrigin.closing()
        try withMirror(main, shadow) { gateway in
            let client = try gateway.connect()
            _ = try client.get("/x")
            let record = try gateway.log.waitForRecords("MIRROR")[0]
            #expect(record["level"]?.string == "warning")
            #expect(record["status"] == .null)
            #expect(record["error"]?.string == "the connection was closed before a response")
            // It is not tried again, here or by libcurl, and further requests are not copied before it is back.
            for _ in 0..<5 { _ = try client.get("/y") }
            _ = try gateway.log.waitForRecords("RESPONSE", count: 6)
            #expect(shadow.requests.count == 1)
            let said = "a request was not mirrored to pool shadow: none of its backends is healthy"
            #expect(gateway.log.records.count { $0["message"]?.string == said } == 1)
            let down = try gateway.log.waitForRecords("HEALTH", count: 3).last
            #expect(down?["backend"]?.string == shadow.url && down?["healthy"]?.bool == false)
        }
    }

    @Test func copyHasTheTimeLimitsOfItsPool() throws {
        let main = try FakeOrigin("main")
        let shadow = try StubbornOrigin.neverAnswering()
        try withMirror(main, shadow, [], { $0.timeouts = ["first_byte: 200ms"] }) { gateway in
            _ = try gateway.get()
            let record = try gateway.log.waitForRecords("MIRROR")[0]
            #expect(record["error"]?.string == "no response within 200ms")
            #expect(record["duration_ms"]?.number ?? 0 >= 200)
            try shadow.waitForEnd(ofConnection: shadow.requests[0].connection)
        }
    }

    // MARK: Bounds

    @Test func noMoreCopiesThanAllowedAreUnderWay() throws {
        let gate = Gate()
        let main = try FakeOrigin("main")
        let shadow = try FakeOrigin { _ in .text("late", gate: gate) }
        try withMirror(main, shadow, ["concurrency: 3"], { $0.workers = 2 }) { gateway in
            defer { gate.open() }
            try concurrently(16) { _ in
                let client = try gateway.connect()
                for _ in 0..<5 { #expect(try client.get().text == "main") }
            }
            try shadow.waitForRequest(3)
            _ = try gateway.log.waitForRecords("RESPONSE", count: 80)
            #expect(shadow.requests.count == 3)
            #expect(!gateway.log.records.contains { $0["category"]?.string == "MIRROR" })
            // Each worker says so, and not for each request.
            let said = gateway.log.records.compactMap { $0["message"]?.string }.filter { $0.contains("not mirrored") }
            #expect((1...2).contains(said.count))
            #expect(said.allSatisfy { $0.hasSuffix("3 copies are under way, as many as mirror.concurrency allows") })
            gate.open()
            _ = try gateway.log.waitForRecords("MIRROR", count: 3)
            // There is room again.
            _ = try gateway.get("/again")
            #expect(try shadow.waitForRequest(4).target == "/again")
        }
    }

    @Test func bodyBeyondTheBufferIsNotCopied() throws {
        let main = try FakeOrigin { .text("\($0.body.count)") }
        let shadow = try FakeOrigin()
        try withMirror(main, shadow, ["concurrency: 1"], { $0.retry = ["body_buffer: 1000B"] }) { gateway in
            let client = try gateway.connect()
            let large = String(repeating: "x", count: 1001)
            #expect(try client.exchange(request("POST", "/length", body: large)).text == "1001")
            #expect(try client.exchange(chunked("POST", "/chunked", pieces: [large])).text == "1001")
            try client.send(request("POST", "/long", fields: ["Transfer-Encoding: chunked"]))
            for _ in 0..<100 { try client.send("3e9\r\n\(large)\r\n") }
            try client.send("0\r\n\r\n")
            #expect(try client.response(to: "POST").text == "100100")
            // What was given up has left its place: there is one only.
            #expect(try client.exchange(request("POST", "/fits", body: String(large.dropLast()))).text == "1000")
            #expect(try shadow.waitForRequest().target == "/fits")
            let said = "a request was not mirrored to pool shadow: the body is larger than retry.body_buffer"
            try gateway.log.wait(for: said) { $0.contains("\"message\":\"\(said)\"") }
            #expect(gateway.log.records.count { $0["message"]?.string?.contains("not mirrored") == true } == 1)
        }
    }

    @Test func requestThatDoesNotBecomeCompleteIsNotCopied() throws {
        let main = try FakeOrigin { .text("\($0.body.count)") }
        let shadow = try FakeOrigin()
        try withMirror(main, shadow, ["concurrency: 1"]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", "/broken", fields: ["Content-Length: 10"]) + "half")
            try main.waitForHead()
            client.close()
            #expect(try gateway.log.waitForRecords("RESPONSE")[0]["status"]?.number == 499)
            #expect(try gateway.connect().exchange(request("POST", "/whole", body: "0123456789")).text == "10")
            #expect(try shadow.waitForRequest().target == "/whole")
            #expect(shadow.requests.count == 1)
        }
    }

    // MARK: Ends

    @Test func copyOutlivesItsClient() throws {
        let gate = Gate()
        let main = try StubbornOrigin.neverAnswering()
        let shadow = try FakeOrigin { _ in .text("late", gate: gate) }
        try withMirror(main, shadow) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", "/x", body: "hello"))
            try shadow.waitForRequest()
            client.close()
            #expect(try gateway.log.waitForRecords("RESPONSE")[0]["status"]?.number == 499)
            gate.open()
            #expect(try gateway.log.waitForRecords("MIRROR")[0]["status"]?.number == 200)
        }
    }

    @Test func retriedRequestIsCopiedOnce() throws {
        let dying = try StubbornOrigin.closing()
        let main = try FakeOrigin { .text("\($0.body.text)") }
        let shadow = try FakeOrigin()
        let pools: (inout GatewaySettings) -> Void = {
            $0.pools = [("web", [dying.url, main.url]), ("shadow", [shadow.url])]
        }
        try withMirror(main, shadow, [], pools) { gateway in
            let client = try gateway.connect()
            try client.send(request("PUT", "/x", fields: ["Transfer-Encoding: chunked"]) + "5\r\nhello\r\n")
            try dying.waitForHead()
            try client.send("4\r\n you\r\n0\r\n\r\n")
            #expect(try client.response(to: "PUT").text == "hello you")
            #expect(try shadow.waitForRequest().body.text == "hello you")
            #expect(try client.get("/y").status == 200)
            #expect(try shadow.waitForRequest(2).target == "/y")
        }
    }

    @Test func copiesDoNotHoldUpAStop() throws {
        let main = try FakeOrigin("main")
        let shadow = try StubbornOrigin.neverAnswering()
        try withMirror(main, shadow, [], { $0.drainTimeout = "60s" }) { gateway in
            #expect(try gateway.get().text == "main")
            try shadow.waitForRequest()
            let watch = Stopwatch()
            gateway.process.send(SIGTERM)
            #expect(try gateway.process.waitForExit() == .status(0))
            #expect(watch.seconds < 20 * Deadline.scale)
            let record = try gateway.log.waitForRecords("MIRROR")[0]
            #expect(record["error"]?.string == "the gateway has stopped")
        }
    }
}
