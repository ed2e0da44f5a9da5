// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Glibc
import Testing

/// The worker's connections to backends, where backends misbehave.
@Suite struct BackendConnectionTests {
    /// A streamed body cannot be sent again by libcurl, but by the gateway where it may be; that the connection was dead
    /// says nothing against the backend, and the requests that follow are served.
    @Test(arguments: [("POST", 502, 1), ("PUT", 200, 2)])
    func aStaleConnectionUnderAStreamedBodyIsNotHeldAgainstTheBackend(method: String, status: Int, count: Int) throws {
        let origin = try StubbornOrigin.closing(afterAnswering: 1)
        let worker = try ServingWorker([origin])
        let client = try worker.client()
        #expect(try client.get("/warm").text == "hello")
        try client.send("\(method) /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try origin.waitForHead(2)
        try client.send("5\r\nhello\r\n0\r\n\r\n")
        #expect(try client.response().status == status)
        client.close()
        #expect(worker.pool.isAvailable(0))
        for _ in 0..<3 {
            let next = try worker.client()
            #expect(try next.get("/next").text == "hello")
            next.close()
            // Each connection of this backend answers once.
            try origin.waitForRequest(3)
        }
        #expect(origin.requests.filter { $0.target == "/upload" }.count == count)
        try worker.stop()
    }

    /// HTTP/1.0 has no chunks: a connection that has spoken it must not be used for a request that needs them.
    @Test func aBackendThatSpeaks10TakesChunkedBodiesOnANewConnection() throws {
        let origin = try FakeOrigin { request in
            var response = OriginResponse.text("old \(request.body.text)", fields: [("Connection", "keep-alive")])
            response.version = "HTTP/1.0"
            return response
        }
        let worker = try ServingWorker([origin])
        let client = try worker.client()
        for round in 0..<3 {
            #expect(try client.get("/warm").text == "old ")
            try client.send("POST /\(round) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            try origin.waitForHead(2 * round + 2)
            try client.send("4\r\nbody\r\n0\r\n\r\n")
            #expect(try client.response().text == "old body")
        }
        #expect(origin.requests.allSatisfy { $0.version == "HTTP/1.1" })
        client.close()
        try worker.stop()
    }

    /// The backend answers and closes while the upload waits for the client, who reads slowly: the answer is whole, and
    /// the end of the backend's connection must not cost the client the rest of it.
    @Test func anEarlyAnswerToAPausedUploadReachesASlowClientWhole() throws {
        let size = 4 << 20
        let finished = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextHead() else { return }
            try connection.send(OriginResponse(body: .pattern(size)), to: request)
            connection.socket.finishSending()
            finished.open()
            try connection.waitForPeerToClose()
        }
        let worker = try ServingWorker([origin])
        let client = try worker.client(receiveBuffer: 4096)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome")
        var response = try client.head()
        // The client reads on when there is nothing between gateway and backend any more but what the kernel holds.
        try finished.wait()
        try client.readBody(of: &response)
        #expect(response.body.count == size)
        #expect(response.body.followsPattern)
        client.close()
        try worker.stop()
    }

    /// The client stops sending when it has its answer. It gets all of the answer at once, and the gateway's waiting for
    /// the rest of the request is nobody's failure: least of all the backend's.
    @Test(arguments: ["Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "Content-Length: 3\r\n\r\nabc"])
    func anEarlyAnswerIsWholeAndTheClientMayStopSending(answer: String) throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextHead() else { return }
            if request.method == "GET" { return try connection.send(.text("fine"), to: request) }
            try connection.send("HTTP/1.1 200 OK\r\n\(answer)")
            try connection.waitForPeerToClose()
        }
        let worker = try ServingWorker([origin], timeouts: TimeoutsConfiguration(idle: .milliseconds(300)))
        let patient = try worker.client()
        try patient.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome")
        let response = try patient.response()
        #expect(response.text == "abc")
        #expect(response.isComplete)
        try patient.waitForClose()
        patient.close()
        let leaving = try worker.client()
        try leaving.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome")
        #expect(try leaving.response().isComplete)
        leaving.close()
        let next = try worker.client()
        #expect(try next.get().text == "fine")
        next.close()
        let log = try worker.stop()
        #expect(!log.contains("ERROR"), "\(log)")
        #expect(!log.contains("UNHEALTHY"), "\(log)")
    }
}
