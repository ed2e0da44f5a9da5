// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Rate limits, networks and passwords, as a configuration file has them.
@Suite(.threads(.few)) struct AdmissionTests {
    private func date(_ response: ReceivedResponse) -> String { response.fields["Date"] ?? "?" }

    @Test func theAnswerToOneRequestTooManySaysWhen() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.top = ["rate_limit: { requests: 2, per: 1h }"] }) { gateway in
            let client = try gateway.connect()
            for left in ["r=1;t=1800", "r=0;t=1800"] {
                let head = try client.get().headText
                #expect(
                    head.contains("\r\nRateLimit-Policy: \"default\";q=2;w=3600\r\nRateLimit: \"default\";\(left)\r\n")
                )
            }
            let response = try client.get()
            #expect(
                response.headText == """
                    HTTP/1.1 429 Too Many Requests\r
                    Date: \(date(response))\r
                    Proxy-Status: curlew; error=http_request_denied\r
                    X-Request-Id: \(response.fields["X-Request-Id"] ?? "")\r
                    Retry-After: 1800\r
                    Content-Type: text/plain; charset=utf-8\r
                    Content-Length: \(response.text.utf8.count)\r
                    Cache-Control: no-store\r
                    RateLimit-Policy: "default";q=2;w=3600\r
                    RateLimit: "default";r=0;t=1800\r
                    \r

                    """
            )
            #expect(response.text.hasPrefix("429 Too Many Requests: too many requests; try again in 1800 s\n"))
            #expect(origin.requests.count == 2)
            // Nothing of it reaches the backend.
            #expect(origin.requests.allSatisfy { !$0.fields.contains("RateLimit") })
        }
    }

    @Test func theWorkersOfAGatewayShareTheCount() throws {
        let origin = try FakeOrigin()
        try withGateway(
            [origin],
            {
                $0.top = ["rate_limit: { requests: 40, per: 1h }"]
                $0.workers = 2
            }
        ) { gateway in
            let statuses = Monitor<[Int]>([])
            try concurrently(8) { _ in
                for _ in 0..<10 {
                    let status = try gateway.get().status
                    statuses.change { $0.append(status) }
                }
            }
            let expected = Array(repeating: 200, count: 40) + Array(repeating: 429, count: 40)
            #expect(statuses.read { $0.sorted() } == expected)
        }
    }

    @Test func aDryRunIsInTheLogAlone() throws {
        let origin = try FakeOrigin()
        try withGateway(
            [origin],
            {
                $0.route = ["name: api", "rate_limit: { requests: 1, per: 1h, by: route, dry_run: true }"]
                $0.logFormat = "json"
            }
        ) { gateway in
            for _ in 0..<3 {
                let response = try gateway.get()
                #expect(response.status == 200)
                #expect(!response.headText.contains("RateLimit"))
            }
            let records = try gateway.log.waitForRecords("RESPONSE", count: 3)
            #expect(records.map { $0["limit_dry_run"]?.string } == [nil, "api", "api"])
        }
    }

    @Test func networksThatMayNotComeGet403() throws {
        let origin = try FakeOrigin()
        try withGateway(
            [origin],
            { $0.route = ["access: { allow: [127.0.0.0/8], deny: [127.0.0.2] }", "concurrency_per_client: 10"] }
        ) { gateway in
            let denied = try RawClient(port: gateway.port, from: "127.0.0.2")
            #expect(try denied.get().status == 403)
            #expect(try gateway.get().status == 200)
            #expect(try RawClient(port: gateway.port, from: "127.0.0.3").get().status == 200)
        }
    }

    // MARK: Passwords

    /// Of `secret`, by htpasswd -B.
    private static let quick = "$2y$05$dUazlzhvegOQ1K9JolOZMOJixcNiMQg5WFdKEmoUBl7Oq7APAWACW"
    /// Of `slow`; takes 60 ms where nothing else runs. Where everything else does, it comes last, and may not take 10 s.
    private static let slow = "$2y$10$abcdefghijklmnopqrstuuTL3rBAB2FTLNnpGNZhAYflp5RzALnWK"
    /// `ada:secret`, `ada:wrong`, `slow:slow` in base64.
    private static let right = "Authorization: Basic YWRhOnNlY3JldA=="
    private static let wrong = "Authorization: Basic YWRhOndyb25n"
    private static let slowly = "Authorization: Basic c2xvdzpzbG93"

    private func withUsers(workers: Int = 1, _ body: (GatewayProcess, FakeOrigin) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let text = "# staff\nada:\(AdmissionTests.quick)\nslow:\(AdmissionTests.slow)\n"
        let file = try folder.write(text, to: "users")
        let origin = try FakeOrigin()
        try withGateway(
            [origin],
            {
                $0.route = ["basic_auth: { realm: staff, users_file: \"\(file)\" }"]
                $0.workers = workers
            }
        ) { try body($0, origin) }
    }

    @Test(arguments: [1, 2]) func aPasswordIsAskedForAndVerified(workers: Int) throws {
        try withUsers(workers: workers) { gateway, origin in
            let client = try gateway.connect()
            let asked = try client.get()
            #expect(asked.status == 401)
            #expect(asked.fields["WWW-Authenticate"] == "Basic realm=\"staff\", charset=\"UTF-8\"")
            #expect(try client.exchange(request(fields: [AdmissionTests.wrong])).status == 401)
            #expect(try client.exchange(request(fields: [AdmissionTests.right])).status == 200)
            #expect(try origin.waitForRequest().fields["Authorization"] == "Basic YWRhOnNlY3JldA==")
            try gateway.log.wait(forLine: "ERROR: GET / x - - wrong password, or no such user: ada")
            #expect(!gateway.log.lines.contains { $0.contains("secret") || $0.contains("YWRh") })
        }
    }

    /// While slow hashes are made, who is known already is served as ever.
    @Test func slowHashesDelayNobodyElse() throws {
        try withUsers { gateway, _ in
            let known = try gateway.connect()
            #expect(try known.exchange(request(fields: [AdmissionTests.right])).status == 200)
            let slow = try gateway.connect()
            try slow.send(request(fields: [AdmissionTests.slowly]))
            let watch = Stopwatch()
            var count = 0
            while slow.staysSilent(for: 0), watch.seconds < 20 {
                #expect(try known.exchange(request(fields: [AdmissionTests.right])).status == 200)
                count += 1
            }
            // Behind the hash there would have been one, at most.
            #expect(count > 10, "\(count) requests in \(watch.seconds) s")
            #expect(try slow.response().status == 200)
        }
    }
}
