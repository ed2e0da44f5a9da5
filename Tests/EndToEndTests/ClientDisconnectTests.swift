// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct ClientDisconnectTests {
    /// How a client leaves.
    enum Leaving: CaseIterable, Sendable {
        case closing, resetting

        func leave(_ client: RawClient) {
            switch self {
            case .closing: client.close()
            case .resetting: client.reset()
            }
        }
    }

    /// Another request is served, and nothing has been held against the backend.
    private func expectBackendUnharmed(_ gateway: GatewayProcess, _ origin: FakeOrigin) throws {
        #expect(try gateway.get("/fine").status == 200)
        let marks = gateway.log.lines.filter { $0.hasPrefix("HEALTH: UNHEALTHY") }
        #expect(marks.isEmpty)
    }

    @Test(arguments: Leaving.allCases) func beforeTheResponseCancelsTheUpstreamTransfer(leaving: Leaving) throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if request.target == "/never" { return try connection.waitForPeerToClose() }
                try connection.send(.text("fine"), to: request)
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/never"))
            let seen = try origin.waitForRequest()
            leaving.leave(client)
            try origin.waitForEnd(ofConnection: seen.connection)
            try expectBackendUnharmed(gateway, origin)
            // Nobody is there to answer, so it is not tried again either.
            #expect(origin.requests.map(\.target) == ["/never", "/fine"])
        }
    }

    @Test(arguments: Leaving.allCases) func duringTheResponseCancelsTheUpstreamTransfer(leaving: Leaving) throws {
        let origin = try FakeOrigin {
            $0.target == "/endless" ? OriginResponse(body: .pattern(1 << 50)) : .text("fine")
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/endless"))
            #expect(try client.head().status == 200)
            #expect(try client.readPart(1_000_000).followsPattern)
            let seen = try origin.waitForRequest()
            leaving.leave(client)
            try origin.waitForEnd(ofConnection: seen.connection)
            try expectBackendUnharmed(gateway, origin)
        }
    }

    @Test(arguments: Leaving.allCases) func duringTheRequestBodyCancelsTheUpstreamTransfer(leaving: Leaving) throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Transfer-Encoding: chunked"]) + "5\r\nhello\r\n")
            let seen = try origin.waitForHead()
            leaving.leave(client)
            // An orderly end would make a chunked body look whole: the backend must see it break off.
            #expect(try origin.waitForEnd(ofConnection: seen.connection) != .closedByPeer)
            #expect(origin.requests.first?.isComplete == false)
            try expectBackendUnharmed(gateway, origin)
        }
    }

    @Test func whileTheBackendIsStalledByBackpressureIsNoticed() throws {
        let origin = try FakeOrigin {
            $0.target == "/endless" ? OriginResponse(body: .pattern(1 << 50)) : .text("fine")
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            try client.send(request("GET", "/endless"))
            let seen = try origin.waitForRequest()
            // By now the gateway neither reads from the backend nor can write to the client.
            #expect(try client.head().status == 200)
            client.reset()
            try origin.waitForEnd(ofConnection: seen.connection)
            try expectBackendUnharmed(gateway, origin)
        }
    }

    @Test func manyClientsLeavingAtOnceLeaveNothingBehind() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if request.target == "/never" { return try connection.waitForPeerToClose() }
                try connection.send(.text("fine"), to: request)
            }
        }
        try withGateway([origin]) { gateway in
            let answer = try gateway.get()
            #expect(answer.status == 200)
            let before = try gateway.usage.descriptors
            let clients = try (0..<50).map { _ in try gateway.connect() }
            for client in clients {
                try client.send(request("GET", "/never"))
            }
            let seen = try (2...51).map { try origin.waitForRequest($0) }
            clients.forEach { $0.close() }
            for one in seen {
                try origin.waitForEnd(ofConnection: one.connection)
            }
            try expectBackendUnharmed(gateway, origin)
            // That request may have opened a connection; the fifty must be gone.
            #expect(try gateway.usage.descriptors <= before + 5)
        }
    }
}
