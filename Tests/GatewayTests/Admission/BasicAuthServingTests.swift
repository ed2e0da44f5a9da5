// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// Passwords, as clients meet them.
@Suite struct BasicAuthServingTests {
    private func worker(
        _ origin: FakeOrigin,
        _ users: [String: String],
        realm: String = "staff only",
        // Hashing gives way to all the tests that run beside this one.
        passwords: PasswordChecker = PasswordChecker(longestWait: 60_000_000_000)
    ) throws -> ServingWorker {
        try ServingWorker(routeTo: origin, passwords: passwords) {
            $0.basicAuth = BasicAuthConfiguration()
            $0.basicAuth?.users = users
            $0.basicAuth?.realm = realm
        }
    }

    private func authorization(_ text: String) -> String { "Authorization: Basic \(base64(text))" }

    @Test func whoHasNoPasswordIsAskedForOne() throws {
        let origin = try FakeOrigin()
        let worker = try worker(origin, ["a": Hashes.bcrypt], realm: "the \"staff\"\r\nX: 1")
        let client = try worker.client()
        for text in [
            get(), get("Authorization: Bearer abc"), get(authorization("a:wrong")), get(authorization("b:secret")),
        ] {
            let response = try client.exchange(text)
            #expect(response.status == 401)
            #expect(
                response.fields["WWW-Authenticate"]
                    == "Basic realm=\"the \\\"staff\\\"  X: 1\", charset=\"UTF-8\""
            )
            #expect(response.fields["Proxy-Status"] == "curlew; error=http_request_denied")
            #expect(!response.fields.lists("close", in: "Connection"))
        }
        #expect(origin.requests.isEmpty)
        client.close()
        let log = try worker.stop()
        // Nobody has failed who has not tried.
        #expect(log.components(separatedBy: "ERROR").count == 4)
        #expect(log.contains("ERROR: GET / x - - wrong password, or no such user: a\n"))
        #expect(log.contains("ERROR: GET / x - - wrong password, or no such user: b\n"))
        #expect(!log.contains("secret") && !log.contains(base64("b:secret")))
    }

    @Test(arguments: [Hashes.bcrypt, Hashes.sha512, Hashes.yescrypt]) func theRightPasswordPasses(hash: String) throws {
        let origin = try FakeOrigin { .echo($0) }
        let worker = try worker(origin, ["a": hash, "other": Hashes.legacy])
        let client = try worker.client()
        for _ in 0..<3 {
            let response = try client.exchange(get(authorization("a:secret")))
            #expect(response.status == 200)
            #expect(!response.fields.contains("WWW-Authenticate"))
        }
        // A body that waits for the verdict is whole.
        let fields = "Host: a\r\n\(authorization("a:secret"))"
        let other = try worker.client()
        try other.send("POST / HTTP/1.1\r\n\(fields)\r\nContent-Length: 10\r\n\r\n01234")
        try other.send("56789")
        #expect(try other.response().text == "0123456789")
        let chunked = "POST / HTTP/1.1\r\n\(fields)\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        #expect(try other.exchange(chunked + get(authorization("a:secret"))).text == "hello")
        #expect(try other.response().status == 200)
        // The backend may know the user as well.
        #expect(origin.requests.allSatisfy { $0.fields["Authorization"] == "Basic \(base64("a:secret"))" })
        client.close()
        other.close()
        try worker.stop()
    }

    @Test func twoAuthorizationFieldsAreRefused() throws {
        let origin = try FakeOrigin()
        let worker = try worker(origin, ["a": Hashes.bcrypt])
        let client = try worker.client()
        let both = get(authorization("a:secret"), authorization("a:secret"))
        #expect(try client.exchange(both).status == 401)
        client.close()
        try worker.stop()
    }

    /// Hashing is slow; the worker is not.
    @Test func aSlowHashDelaysNobodyElse() throws {
        let origin = try FakeOrigin()
        let worker = try worker(origin, ["a": Hashes.bcrypt, "slow": Hashes.slow])
        let quick = try worker.client()
        #expect(try quick.exchange(get(authorization("a:secret"))).status == 200)
        let slow = try (0..<12).map { _ in try worker.client() }
        for (index, client) in slow.enumerated() { try client.send(get(authorization("slow:wrong\(index)"))) }
        // A dozen hashes of a quarter of a second each are under way; meanwhile many requests are served.
        var longest = 0.0
        let watch = Stopwatch()
        var count = 0
        while watch.seconds < 0.5 {
            let one = Stopwatch()
            #expect(try quick.exchange(get(authorization("a:secret"))).status == 200)
            longest = max(longest, one.seconds)
            count += 1
        }
        #expect(slow.last?.staysSilent(for: 0.001) == true)
        #expect(count > 20, "\(count) requests, the longest took \(longest) s")
        for client in slow { #expect(try client.response().status == 401) }
        for client in slow + [quick] { client.close() }
        try worker.stop()
    }

    @Test func moreThanCanBeVerifiedAreToldSo() throws {
        let origin = try FakeOrigin()
        // Nobody hashes.
        let worker = try worker(origin, ["a": Hashes.bcrypt], passwords: PasswordChecker(threads: 0, waiting: 2))
        let clients = try (0..<3).map { _ in try worker.client() }
        for (index, client) in clients.enumerated() { try client.send(get(authorization("a:\(index)"))) }
        // Whichever came last is one too many.
        let deadline = Deadline.usual
        var answered: [RawClient] = []
        while answered.isEmpty, !deadline.hasPassed { answered = clients.filter { !$0.staysSilent(for: 0.05) } }
        let response = try #require(answered.first).response()
        #expect(response.status == 503)
        #expect(response.fields["Retry-After"] == "1")
        #expect(response.fields["Proxy-Status"] == "curlew; error=proxy_internal_error")
        #expect(!response.fields.lists("close", in: "Connection"))
        for client in clients { #expect(client.staysSilent(for: 0.01)) }
        for client in clients { client.close() }
        try worker.stop()
    }

    /// However long the hashes take that are under way.
    @Test func whoWaitsTooLongIsToldSo() throws {
        let origin = try FakeOrigin()
        // Nobody hashes.
        let passwords = PasswordChecker(threads: 0, longestWait: 100_000_000)
        let worker = try worker(origin, ["a": Hashes.bcrypt], passwords: passwords)
        let client = try worker.client()
        let response = try client.exchange(get(authorization("a:secret")))
        #expect(response.status == 503)
        #expect(response.fields["Retry-After"] == "1")
        #expect(try client.exchange(get()).status == 401)
        client.close()
        let log = try worker.stop()
        #expect(log.contains("ERROR: GET / x - - the password could not be verified within 100ms\n"))
    }

    /// Clients that leave while their passwords are being verified, and a worker that ends.
    @Test(arguments: [true, false]) func whoLeavesIsForgotten(isNow: Bool) throws {
        let origin = try FakeOrigin()
        let worker = try worker(origin, ["a": Hashes.bcrypt, "slow": Hashes.slow])
        let leaving = try (0..<3).map { _ in try worker.client() }
        for client in leaving { try client.send(get(authorization("slow:slow"))) }
        let staying = try worker.client()
        #expect(try staying.exchange(get(authorization("a:secret"))).status == 200)
        leaving[0].close()
        leaving[1].reset()
        // Objects are used again while verdicts for their last user are still to come.
        for _ in 0..<20 { #expect(try staying.exchange(get(authorization("a:secret"))).status == 200) }
        if !isNow { worker.beginDraining() }
        #expect(try leaving[2].response().status == 200)
        try worker.stop(now: isNow)
        for client in leaving + [staying] { client.close() }
    }

    /// What waits when there is no more time is told so.
    @Test func theEndOfTheWorkerEndsTheWaiting() throws {
        let origin = try FakeOrigin()
        let worker = try worker(origin, ["a": Hashes.bcrypt], passwords: PasswordChecker(threads: 0))
        let clients = try (0..<3).map { _ in try worker.client() }
        for client in clients { try client.send(get(authorization("a:secret"))) }
        let asked = try worker.client()
        #expect(try asked.get().status == 401)
        clients[0].close()
        clients[1].reset()
        let log = try worker.stop()
        #expect(try clients[2].response().status == 503)
        #expect(log.contains("[503]"))
        asked.close()
        clients[2].close()
    }
}
