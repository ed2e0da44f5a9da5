// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// A 101 opens a tunnel only where it is certain that both sides now speak the protocol that the client asked for.
@Suite(.threads(.few)) struct UpgradeAnswersTests {
    @Test(arguments: [
        // Nothing named, or something else.
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/2\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1, other\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nUpgrade: h2c\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1/1\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ,\r\n\r\n",
        // Framing, which 101 cannot have.
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n",
    ])
    func otherwiseItIs502AndNoClientByteGoesOn(answer: String) throws {
        let received = Monitor<[UInt8]>([])
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send(answer)
            while true {
                let bytes = try connection.receive()
                if bytes.isEmpty { return }
                received.change { $0 += bytes }
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let refusal = try client.upgrade(to: "echo/1", early: "early bytes")
            #expect(refusal.status == 502)
            try origin.waitForEnd(ofConnection: try #require(origin.requests.first).connection)
            #expect(received.read { $0 }.isEmpty)
        }
    }

    @Test(arguments: [
        ("echo/1", "echo"), ("echo", "ECHO"), ("echo", "echo/1"), ("other, echo", "echo"), ("echo/1, echo/2", "Echo/2"),
    ])
    func protocolsAreComparedAsRFC9110Says(asked: String, answered: String) throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send("HTTP/1.1 101 OK\r\nconnection: upgrade\r\nupgrade: \(answered)\r\n\r\n")
            try connection.echo()
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let answer = try client.upgrade(to: asked)
            #expect(answer.status == 101)
            #expect(answer.fields[all: "Upgrade"] == [answered])
            try client.send("x")
            #expect(try client.readPart(1).text == "x")
        }
    }

    /// What a client offers must not be able to take a backend out of rotation.
    @Test func unexpectedProtocolIsNoSignOfIllHealth() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard request.fields.contains("Upgrade") else {
                    try connection.send(.text("fine"), to: request)
                    continue
                }
                return try connection.send("HTTP/1.1 101 OK\r\nConnection: upgrade\r\nUpgrade: fixed\r\n\r\n")
            }
        }
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().upgrade(to: "whatever")
            #expect(answer.status == 502)
            #expect(try gateway.get().text == "fine")
        }
    }

    @Test func interimResponsesAheadOfItAreForwarded() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")
            try connection.send("HTTP/1.1 101 OK\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
            try connection.echo()
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade(to: "echo").status == 103)
            #expect(try client.head().status == 101)
            try client.send("x")
            #expect(try client.readPart(1).text == "x")
        }
    }
}
