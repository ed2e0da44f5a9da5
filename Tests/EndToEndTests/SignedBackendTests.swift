// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// `aws_sigv4`: botocore, AWS's own library, finds every request well signed that a backend gets.
@Suite(.threads(.few)) struct SignedBackendTests {
    @Test(arguments: [
        "/", "/a/b.txt", "/a%20b/%E1%88%B4", "/prod/items?b=2&a=1&a=0&empty=&also", "/x?q=%2F%20%C3%A9&Q=~-_.",
        "/very/long/" + String(repeating: "y", count: 3000),
    ])
    func targetsAreSigned(target: String) throws {
        for service in ["s3", "execute-api"] {
            try withVerifier(service) { gateway, _ in
                for method in ["GET", "DELETE"] {
                    let answer = try gateway.connect().exchange(request(method, target))
                    #expect(answer.status == 200, "\(method) \(answer.text)")
                }
            }
        }
    }

    /// What the two sides must agree on is not what is sent.
    @Test(arguments: ["//a//b/", "/a/./b/../c", "/a:b(c)!*'", "/a|b"]) func oddPathsAreSignedAsTheyAreSent(path: String)
        throws
    {
        try withVerifier("execute-api") { gateway, _ in
            let answer = try gateway.get(path)
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    @Test func clientCannotSignForItselfOrPassItsKeysOn() throws {
        try withVerifier("execute-api") { gateway, verifier in
            let fields = [
                "Authorization: AWS4-HMAC-SHA256 Credential=theirs", "X-Amz-Date: 20010101T000000Z",
                "x-amz-content-sha256: UNSIGNED-PAYLOAD", "X-Amz-Security-Token: token", "Authorization: Basic YTpi",
                "X-Amz-Target: a   b ", "x-amz-target: c", "Content-Type: application/json", "Connection: X-Amz-Gone",
                "X-Amz-Gone: 1",
            ]
            let seen = try EchoedRequest(try gateway.connect().exchange(request("GET", fields: fields)))
            #expect(seen[all: "Authorization"].count == 1)
            #expect(seen[all: "X-Amz-Security-Token"].isEmpty)
            #expect(seen[all: "X-Amz-Gone"].isEmpty)
            // Any other host's requests would be refused, so the backend's own is sent.
            #expect(seen[all: "Host"] == [String(verifier.url.dropFirst(7))])
            #expect(seen[all: "X-Forwarded-Host"] == ["test.example"])
        }
    }

    /// The ping of each has been found well signed as well.
    @Test func temporaryCredentialsComeWithASignedToken() throws {
        let token = "FwoGZXIvYXdzEJr//////////wEaDM+/EXAMPLE=="
        for service in ["s3", "execute-api"] {
            try withVerifier(service, token: token) { gateway, _ in
                let client = try gateway.connect()
                let fields = ["X-Amz-Security-Token: mine", "X-Amz-Target: a"]
                let seen = try EchoedRequest(try client.exchange(request("POST", "/x?b&a", fields: fields, body: "b")))
                #expect(seen[all: "X-Amz-Security-Token"] == [token])
                #expect(seen[all: "Authorization"].first?.contains(";x-amz-security-token;") == true)
            }
        }
    }

    @Test func bodyIsWaitedForAndSigned() throws {
        try withVerifier("lambda") { gateway, _ in
            let client = try gateway.connect()
            let whole = try EchoedRequest(try client.exchange(request("POST", body: "{}")))
            #expect(whole.size == 2)
            // In two pieces, of which the second comes only when the first was read.
            try client.send(request("POST", fields: ["Content-Length: 6", "Expect: 100-continue"]))
            #expect(try client.receive() == "HTTP/1.1 100 Continue\r\n\r\n")
            try client.send("abc")
            #expect(client.staysSilent(for: 0.05))
            try client.send("def")
            #expect(try EchoedRequest(try client.response(to: "POST")).size == 6)
            try client.send(request("PUT", fields: ["Transfer-Encoding: chunked"]) + "3\r\nabc\r\n")
            try client.send("2\r\nde\r\n0\r\n\r\n")
            let chunked = try EchoedRequest(try client.response(to: "PUT"))
            #expect(chunked.size == 5)
            #expect(chunked[all: "Content-Length"] == ["5"])
            #expect(try EchoedRequest(try client.get("/again")).size == 0)
            try client.send(request("PUT", fields: ["Transfer-Encoding: chunked"]) + "0\r\n\r\n")
            #expect(try EchoedRequest(try client.response(to: "PUT")).size == 0)
        }
    }

    @Test func bodyThatIsTooLargeToBeSignedIsRefused() throws {
        try withVerifier("lambda") { gateway, _ in
            let body = String(repeating: "x", count: 70_000)
            let answer = try gateway.connect().exchange(request("POST", body: body))
            #expect(answer.status == 413)
            _ = try gateway.log.wait(for: "the reason") { $0.contains("larger than retry.body_buffer") }
        }
        try withVerifier("lambda", { $0.retry = ["body_buffer: 100KiB"] }) { gateway, _ in
            let body = String(repeating: "x", count: 70_000)
            let seen = try EchoedRequest(try gateway.connect().exchange(request("POST", body: body)))
            #expect(seen.size == 70_000)
        }
    }

    /// However it has come: with its head, behind it, or not yet.
    @Test func theSizeThatIsTooLargeIsTheSameForEveryBody() throws {
        try withVerifier("lambda", { $0.retry = ["body_buffer: 10"] }) { gateway, _ in
            let body = "12345678901"
            let client = try gateway.connect()
            #expect(try EchoedRequest(try client.exchange(request("POST", body: String(body.dropLast())))).size == 10)
            #expect(try client.exchange(request("POST", body: body)).status == 413)
            let chunked = try gateway.connect()
            try chunked.send(request("POST", fields: ["Transfer-Encoding: chunked"]) + "b\r\n\(body)\r\n0\r\n\r\n")
            #expect(try chunked.response(to: "POST").status == 413)
            // Who waits for leave to send it is not made to.
            let waiting = try gateway.connect()
            let head = request("POST", fields: ["Content-Length: 11", "Expect: 100-continue"])
            #expect(try waiting.exchange(head).status == 413)
        }
    }

    @Test func clientThatLeavesOrStallsWithinABodyIsNoFailureOfTheBackend() throws {
        try withVerifier("lambda", { $0.limits = ["body_timeout: 100ms"] }) { gateway, _ in
            let leaving = try gateway.connect()
            try leaving.send(request("POST", fields: ["Content-Length: 6"]) + "abc")
            leaving.close()
            _ = try gateway.log.wait(for: "its end") { $0.contains("the client closed the connection") }
            let slow = try gateway.connect()
            try slow.send(request("POST", fields: ["Content-Length: 6"]) + "abc")
            #expect(try slow.response(to: "POST").status == 408)
            #expect(try gateway.get().status == 200)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func largeUploadsToS3AreStreamedUnsigned() throws {
        try withVerifier("s3") { gateway, _ in
            let body = String(repeating: "x", count: 1 << 20)
            let seen = try EchoedRequest(try gateway.connect().exchange(request("PUT", "/bucket/a%2Bb", body: body)))
            #expect(seen.size == 1 << 20)
            #expect(seen[all: "X-Amz-Content-Sha256"] == ["UNSIGNED-PAYLOAD"])
        }
    }

    @Test func anotherBackendIsSentASignatureOfItsOwn() throws {
        let first = try AWSVerifier("lambda", key: "one", status: 503)
        let second = try AWSVerifier("lambda", key: "two")
        let plain = try FakeOrigin { .text("no", status: $0.target == "/health" ? 200 : 503) }
        let adjust: (inout GatewaySettings) -> Void = {
            $0.backends = [first.item, plain.url, second.item]
            $0.healthPath = "/health"
            $0.retry = ["on: [connect, 503]", "attempts: 3", "backoff: 0ms"]
        }
        try withGateway([], adjust) { gateway in
            for url in [first.url, plain.url, second.url] { _ = try gateway.finding(of: url) }
            let answer = try gateway.connect().exchange(
                request("PUT", "/x", fields: ["Authorization: mine"], body: "b")
            )
            #expect(answer.status == 200, "\(answer.text)")
            let between = try #require(plain.requests.last)
            #expect(between.fields[all: "Authorization"] == ["mine"])
            #expect(between.fields[all: "X-Amz-Date"].isEmpty)
        }
        try first.stop()
        try second.stop()
        plain.stop()
    }

    /// Runs `body` with a gateway before a verifier, which has found the ping well signed.
    private func withVerifier(
        _ service: String,
        _ adjust: (inout GatewaySettings) -> Void = { _ in },
        token: String? = nil,
        _ body: (GatewayProcess, AWSVerifier) throws -> Void
    ) throws {
        let verifier = try AWSVerifier(service, key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token: token)
        let settings: (inout GatewaySettings) -> Void = {
            $0.backends = [verifier.item]
            $0.healthPath = "/health"
            adjust(&$0)
        }
        try withGateway([], settings) { gateway in
            let finding = try gateway.finding(of: verifier.url)
            #expect(finding == "HEALTH: HEALTHY \(verifier.url) - status: 200")
            try body(gateway, verifier)
        }
        try verifier.stop()
    }
}

/// A server of `aws-verifier.py`.
final class AWSVerifier {
    let url: String
    let item: String
    private let process: ChildProcess

    init(_ service: String, key: String, status: Int? = nil, token: String? = nil) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        process = try ChildProcess(
            ["/usr/bin/python3", "/\(folder)/Support/aws-verifier.py", service, "AKIDEXAMPLE", key]
                + [status.map { "\($0)" } ?? "", token ?? ""],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"]
        )
        let port = try process.standardOutput.wait(forPrefix: "PORT ").dropFirst(5)
        url = "http://127.0.0.1:\(port)"
        let names = "region: eu-central-1, service: \(service)" + (token.map { ", session_token: \"\($0)\"" } ?? "")
        item = "{ url: \"\(url)\", aws_sigv4: { access_key: AKIDEXAMPLE, secret_key: \"\(key)\", \(names) } }"
    }

    func stop() throws {
        process.send(SIGKILL)
        try process.waitForExit()
    }
}
