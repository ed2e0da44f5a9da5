// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// Rate limits as clients meet them.
@Suite struct RateLimitServingTests {
    private func limit(_ requests: Int, per seconds: Int = 600, by key: RateLimitConfiguration.Key = .clientAddress)
        -> RateLimitConfiguration
    {
        RateLimitConfiguration(requests: requests, period: .seconds(seconds), key: key)
    }

    @Test func oneRequestTooManyIs429AndTheConnectionStays() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) { $0.rateLimit = limit(2) }
        let client = try worker.client()
        for left in [1, 0] {
            let response = try client.get()
            #expect(response.status == 200)
            #expect(response.fields["RateLimit-Policy"] == "\"default\";q=2;w=600")
            #expect(response.fields["RateLimit"] == "\"default\";r=\(left);t=300")
        }
        let response = try client.get()
        #expect(response.status == 429)
        #expect(response.fields["RateLimit-Policy"] == "\"default\";q=2;w=600")
        #expect(response.fields["RateLimit"] == "\"default\";r=0;t=300")
        #expect(response.fields["Retry-After"] == "300")
        #expect(response.fields["Proxy-Status"] == "curlew; error=http_request_denied")
        #expect(!response.fields.lists("close", in: "Connection"))
        #expect(response.text.contains("too many requests; try again in 300 s"))
        #expect(try client.get().status == 429)
        #expect(origin.requests.count == 2)
        client.close()
        let log = try worker.stop()
        #expect(log.contains("ERROR: GET / x - - the rate limit default is reached: 2 requests per 600s\n"), "\(log)")
    }

    @Test func timeBringsRequestsBack() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) { $0.rateLimit = RateLimitConfiguration(requests: 20, burst: 1) }
        let client = try worker.client()
        #expect(try client.get().status == 200)
        let deadline = Deadline.usual
        var refusals = 0
        while !deadline.hasPassed {
            let response = try client.get()
            if response.status == 200 { break }
            #expect(response.fields["Retry-After"] == "1")
            refusals += 1
        }
        #expect(!deadline.hasPassed)
        #expect(refusals > 0)
        client.close()
        try worker.stop()
    }

    /// Both limits apply, each by its own name; what the first turns away does not count for the second.
    @Test func theGatewaysAndTheRoutesLimitBothApply() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) {
            $0.rateLimit = limit(4)
            $0.routes[0].name = "api"
            $0.routes[0].overrides.rateLimit = limit(2, per: 60, by: .header("X-Key"))
            $0.log.format = .json
        }
        let client = try worker.client()
        let first = try client.exchange(get("X-Key: one"))
        #expect(first.fields["RateLimit-Policy"] == "\"default\";q=4;w=600, \"api\";q=2;w=60")
        #expect(first.fields["RateLimit"] == "\"default\";r=3;t=150, \"api\";r=1;t=30")
        #expect(try client.exchange(get("X-Key: one")).status == 200)
        let byRoute = try client.exchange(get("X-Key: one"))
        #expect(byRoute.status == 429)
        #expect(byRoute.fields["RateLimit"] == "\"default\";r=1;t=450, \"api\";r=0;t=30")
        #expect(byRoute.fields["Retry-After"] == "30")
        #expect(try client.exchange(get("X-Key: two")).status == 200)
        let byAll = try client.exchange(get("X-Key: two"))
        #expect(byAll.status == 429)
        #expect(byAll.fields["RateLimit-Policy"] == "\"default\";q=4;w=600")
        #expect(byAll.fields["RateLimit"] == "\"default\";r=0;t=150")
        client.close()
        let log = try worker.stop().split(separator: "\n").map { try JSONValue(String($0)) }
        let limits = log.filter { $0["category"]?.string == "RESPONSE" }.map { $0["limit"]?.string }
        #expect(limits == [nil, nil, "api", nil, "default"])
    }

    @Test func aDryRunOnlyTellsTheLog() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) {
            $0.rateLimit = limit(1)
            $0.rateLimit?.isDryRun = true
            $0.log.format = .json
        }
        let client = try worker.client()
        for _ in 0..<3 {
            let response = try client.get()
            #expect(response.status == 200)
            #expect(!response.headText.contains("RateLimit"))
        }
        client.close()
        let log = try worker.stop().split(separator: "\n").map { try JSONValue(String($0)) }
        let responses = log.filter { $0["category"]?.string == "RESPONSE" }
        #expect(responses.map { $0["limit_dry_run"]?.string } == [nil, "default", "default"])
        #expect(responses.allSatisfy { $0["limit"] == nil && $0["status"]?.number == 200 })
    }

    @Test func aDryRunIsSeenInTheTextLogToo() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) {
            $0.rateLimit = limit(1)
            $0.rateLimit?.isDryRun = true
        }
        let client = try worker.client()
        for _ in 0..<2 { #expect(try client.get().status == 200) }
        client.close()
        let log = try worker.stop()
        #expect(log.components(separatedBy: "ms beyond the limit default (dry run)\n").count == 2)
    }

    @Test func workersShareTheCount() throws {
        let origin = try FakeOrigin()
        let one = try ServingWorker(origin) { $0.rateLimit = limit(101) }
        let two = try ServingWorker(one.snapshot.configuration, beside: one)
        let allowed = Monitor(0)
        let threads = (0..<4).map { number in
            BackgroundThread {
                guard let client = try? (number % 2 == 0 ? one : two).client() else { return }
                for _ in 0..<50 where (try? client.get().status) == 200 { allowed.change { $0 += 1 } }
                client.close()
            }
        }
        for thread in threads { try thread.join() }
        #expect(allowed.read { $0 } == 101)
        #expect(origin.requests.count == 101)
        try one.stop()
        try two.stop()
    }

    /// Who is behind a trusted proxy is counted for himself, and an IPv6 network of 64 bits as one.
    @Test func clientsBehindATrustedProxyAreApart() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) {
            $0.rateLimit = limit(1)
            $0.trustedProxies = TrustedProxies([
                IPNetwork(IPAddress(ipv4: 0x7F00_0000), bits: 104, description: "127.0.0.0/8")
            ])
        }
        let client = try worker.client()
        func status(_ address: String) throws -> Int {
            try client.exchange(get("X-Forwarded-For: \(address)")).status
        }
        #expect(try status("192.0.2.1") == 200)
        #expect(try status("192.0.2.1") == 429)
        #expect(try status("192.0.2.2") == 200)
        #expect(try status("2001:db8:1:2::1") == 200)
        #expect(try status("2001:db8:1:2:ffff::1") == 429)
        #expect(try status("2001:db8:1:3::1") == 200)
        // What stands left of the last address is anybody's word.
        #expect(try status("198.51.100.7, 192.0.2.1") == 429)
        // Who says nothing is the proxy itself.
        #expect(try client.get().status == 200)
        #expect(try client.get().status == 429)
        client.close()
        try worker.stop()
    }

    /// A body that has come with the head does not get into the way of the next request, and one that has not come ends the
    /// connection.
    @Test func whatBelongsToARefusedRequestIsNotTakenForTheNext() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) { $0.rateLimit = limit(1) }
        let client = try worker.client()
        #expect(try client.get().status == 200)
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
        let whole = try client.exchange(post + "18\r\n\r\nGET / HTTP/1.1\r\n\r\n")
        #expect(whole.status == 429)
        #expect(!whole.fields.lists("close", in: "Connection"))
        let partial = try client.exchange(post + "18\r\nExpect: 100-continue\r\n\r\n")
        #expect(partial.status == 429)
        #expect(partial.interim.isEmpty)
        #expect(partial.fields.lists("close", in: "Connection"))
        try client.waitForClose()
        try worker.stop()
    }
}
