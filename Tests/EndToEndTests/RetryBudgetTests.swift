// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct RetryBudgetTests {
    @Test func usedUpBudgetIsToldToTheClientAndTheLog() throws {
        let origins = try (0..<2).map { _ in try FakeOrigin { _ in .text("no", status: 503) } }
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["on: [reset, 503]", "budget: 0%", "budget_minimum: 0"]
        }
        try withGateway(origins, settings) { gateway in
            // A status passes as it is: it is an answer.
            let response = try gateway.get()
            #expect(response.status == 503)
            #expect(response.text == "no")
            #expect(origins.map { $0.requests.count } == [1, 0])
            let why = "not retried: the retry budget is used up"
            #expect(response.fields[all: "proxy-status"] == ["curlew; received-status=503; details=\"\(why)\""])
            try gateway.log.wait(forLine: "ERROR: GET / x \(origins[0].url) - status: 503, \(why)")
        }
    }

    /// A retry whose answer is retried too makes room for the next.
    @Test(arguments: [
        ["retry: { on: [503], budget: 0%, budget_minimum: 1 }"],
        ["retry: { on: [503] }", "limits: { active_retries: 1 }"],
    ])
    func oneRequestThatIsRetriedTwiceNeedsOnePlace(settings: [String]) throws {
        let origins = try (0..<3).map { _ in try FakeOrigin { _ in .text("no", status: 503) } }
        try withGateway(origins, { $0.poolMembers = settings }) { gateway in
            for count in 1...3 {
                let response = try gateway.get()
                #expect(response.status == 503)
                #expect(response.fields[all: "proxy-status"] == [])
                #expect(origins.map { $0.requests.count } == [count, count, count])
            }
            #expect(!gateway.log.lines.contains { $0.contains("not retried") })
        }
    }

    @Test func slownessIsNotMultipliedByRetries() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["budget: 0%", "budget_minimum: 0"]
            $0.timeouts = ["first_byte: 200ms"]
        }
        try withGateway(origins, settings) { gateway in
            let response = try gateway.get("/x")
            #expect(response.status == 504)
            let details = "details=\"not retried: the retry budget is used up\""
            #expect(response.fields[all: "proxy-status"] == ["curlew; error=http_response_timeout; \(details)"])
            let line = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[0].url) - ")
            #expect(line.hasSuffix(", not retried: the retry budget is used up"))
        }
    }

    /// Leaving a backend that is dead is what a load balancer is for.
    @Test func deadBackendIsLeftWhateverTheBudget() throws {
        let origins = [try StubbornOrigin.resetting(), try FakeOrigin("b")]
        try withGateway(origins, { $0.retry = ["budget: 0%", "budget_minimum: 0"] }) { gateway in
            let answer = try gateway.get()
            #expect(answer.text == "b")
        }
    }

    /// The pool can do little at once, and says so by answering slower; what it cannot do is refused, and it stays quick.
    @Test func limitFollowsWhatThePoolCanDo() throws {
        let turn = Monitor(0)
        let origin = try FakeOrigin { (_: ReceivedRequest) in
            turn.change {
                $0 += 1
                usleep(5_000)
            }
            return .text("done")
        }
        let settings: (inout GatewaySettings) -> Void = {
            $0.poolMembers = ["adaptive_concurrency: { minimum: 2, maximum: 100 }"]
        }
        try withGateway([origin], settings) { gateway in
            let refused = Monitor(0)
            let end = Deadline.after(seconds: 20)
            try concurrently(24) { _ in
                let client = try gateway.connect()
                while refused.read({ $0 }) < 5, !end.hasPassed {
                    let response = try client.get()
                    guard response.status == 503 else { continue }
                    let status = response.fields[all: "proxy-status"].first
                    #expect(status?.hasSuffix("details=\"the limit of adaptive_concurrency is reached\"") == true)
                    refused.change { $0 += 1 }
                }
            }
            #expect(refused.read { $0 } >= 5)
        }
    }

    @Test func requestsBeyondThePoolsLimitAreRefusedAtOnce() throws {
        let gate = Gate()
        let origin = try FakeOrigin { $0.target == "/slow" ? .text("slow", gate: gate) : .text("fast") }
        let settings: (inout GatewaySettings) -> Void = { $0.poolMembers = ["limits: { active_requests: 2 }"] }
        try withGateway(
            [origin],
            {
                settings(&$0); $0.workers = 2
            }
        ) { gateway in
            let clients = try (0..<2).map { _ in try gateway.connect() }
            for client in clients { try client.send(request("GET", "/slow")) }
            _ = try origin.waitForRequest(2)
            let client = try gateway.connect()
            let refused = try client.get("/x")
            #expect(refused.status == 503)
            #expect(refused.fields[all: "retry-after"] == ["1"])
            let status = "curlew; error=connection_limit_reached; details=\"limits.active_requests is reached\""
            #expect(refused.fields[all: "proxy-status"] == [status])
            gate.open()
            for client in clients { #expect(try client.response().text == "slow") }
            #expect(try client.get().text == "fast")
            #expect(origin.requests.count == 3)
            _ = try gateway.log.wait(forPrefix: "ERROR: GET /x x - - the pool has as many requests as its limits")
        }
    }
}
