// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// An idle upstream connection that becomes readable is dead or poisoned. libcurl 7.88 reuses one with unread bytes, and
/// then those bytes are the next client's response.
@Suite(.threads(.few)) struct IdleUpstreamTests {
    private static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"

    @Test(arguments: [poison, "x", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"])
    func unaskedBytesNeverReachAClient(bytes: String) throws {
        let gate = Gate()
        let origin = try StubbornOrigin.poisoning(with: bytes, gate: gate)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().text == "clean")
            gate.open()
            // The gateway is expected to close the connection by itself, before anyone asks for it.
            let seen = try origin.waitForRequest()
            try origin.waitForEnd(ofConnection: seen.connection)
            for _ in 0..<3 {
                #expect(try client.get().text == "clean")
            }
            #expect(Set(origin.requests.dropFirst().map(\.connection)).contains(seen.connection) == false)
        }
    }

    @Test func connectionsThatNobodyUsesAreClosed() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() { try connection.send(.text("hello"), to: request) }
        }
        try withGateway([origin], { $0.timeouts = ["keep_alive: 300ms"] }) { gateway in
            let before = try gateway.usage.descriptors
            let clients = try (0..<20).map { _ in try gateway.connect() }
            for _ in 0..<2 {
                for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
                for client in clients { _ = try client.response() }
                for connection in Set(origin.requests.map(\.connection)) {
                    try origin.waitForEnd(ofConnection: connection)
                }
                // They are not only shut down: when the next request of anybody's could come, the descriptors are free.
                let deadline = Deadline.usual
                while try gateway.usage.descriptors > before + clients.count, !deadline.hasPassed {}
                #expect(try gateway.usage.descriptors <= before + clients.count)
            }
            #expect(origin.requests.count == 40)
        }
    }

    @Test func bytesBehindAResponseNeverReachAClient() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                // In one segment, so that they are there before the connection could be called idle.
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean" + Self.poison)
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<5 {
                let response = try? client.get()
                #expect(response == nil || response?.text == "clean" || response?.status == 502)
            }
        }
    }

    @Test func bodyOfAResponseToHeadNeverReachesTheNextClient() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                let body = request.method == "HEAD" ? Self.poison : "clean"
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<5 {
                #expect(try client.exchange(request("HEAD")).status == 200)
                #expect(try client.get().text == "clean")
            }
        }
    }

    @Test func connectionThatTheBackendClosesIsClosedByTheGatewayToo() throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextRequest() else { return }
            try connection.send(.text("hello"), to: request)
            try gate.wait()
            connection.socket.finishSending()
            try connection.waitForPeerToClose()
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            gate.open()
            // Without traffic nothing else would notice: sockets in CLOSE_WAIT would pile up.
            #expect(try origin.waitForEnd(ofConnection: origin.waitForRequest().connection) == .closedByPeer)
            #expect(try client.get().status == 200)
        }
    }
}
