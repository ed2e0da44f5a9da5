// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Glibc
import Testing

/// A worker that is told to end finishes what it has begun.
@Suite struct DrainTests {
    /// The client was promised that its connection stays open before the worker was told to end; what of the response is
    /// gathered for one write must be written all the same.
    @Test(arguments: [false, true])
    func aResponseThatBeganBeforeIsWhole(isChunked: Bool) throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                if isChunked {
                    try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                    try gate.wait()
                    try connection.send("6\r\nsecond\r\n0\r\n\r\n")
                } else {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst")
                    try gate.wait()
                    try connection.send("second")
                }
            }
        }
        let worker = try ServingWorker([origin])
        let client = try worker.client()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        var response = try client.head()
        worker.beginDraining()
        // The worker has heard of it when it takes no more clients.
        try untilRefused(worker.port)
        gate.open()
        try client.readBody(of: &response)
        #expect(response.text == "firstsecond")
        #expect(response.isComplete)
        try client.waitForClose()
        client.close()
        try worker.stop(now: false)
    }

    /// Whoever has connected and sent a request is not turned away, even if the worker has not seen it yet.
    @Test func aRequestThatWaitsToBeAcceptedIsServed() throws {
        let origin = try FakeOrigin { request in OriginResponse.text("served \(request.target)") }
        // Many at once, since only those whom the end catches between connecting and being accepted tell anything.
        for _ in 0..<20 {
            let worker = try ServingWorker([origin])
            var clients: [RawClient] = []
            for number in 0..<10 {
                let client = try worker.client()
                try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                clients.append(client)
            }
            worker.beginDraining()
            for (number, client) in clients.enumerated() {
                let response = try client.response()
                #expect(response.text == "served /\(number)")
                client.close()
            }
            try worker.stop(now: false)
        }
    }

    @Test func anIdleConnectionIsClosedAndTheWorkerEnds() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker([origin])
        let client = try worker.client()
        #expect(try client.get().text == "hello")
        worker.beginDraining()
        #expect(try client.waitForClose() == [])
        client.close()
        try worker.stop(now: false)
    }

    private func untilRefused(_ port: UInt16) throws {
        while true {
            do {
                let client = try RawClient(port: port)
                defer { client.close() }
                // Accepted by the kernel before the listener was closed, perhaps.
                guard client.staysSilent(for: 0.01) else { return }
            } catch KitError.system(call: "connect", let code) where code == ECONNREFUSED || code == ECONNRESET {
                // Reset when the listener is closed between the client's SYN and its ACK.
                return
            }
        }
    }
}
