// SPDX-License-Identifier: Apache-2.0

/// Backends that switch protocols when they are asked to.
package enum UpgradingOrigin {
    /// Answers 101 to a request that asks for an upgrade, with the protocol that it asks for, and then lets `serve` have the
    /// connection. `glued` is sent in one piece with the 101. Any other request is answered with 200 and its target.
    package static func serving(
        glued: String = "",
        _ serve: @escaping @Sendable (OriginConnection) throws -> Void
    ) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard let name = request.fields[all: "Upgrade"].first else {
                    try connection.send(.text(request.target), to: request)
                    continue
                }
                let head =
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: \(name)\r\nConnection: Upgrade\r\nX-Kept: 1\r\n\r\n"
                try connection.send(head + glued)
                return try serve(connection)
            }
        }
    }

    /// Sends back all that comes through the tunnel, and finishes when the client does.
    package static func echoing(glued: String = "") throws -> FakeOrigin {
        try serving(glued: glued) { try $0.echo() }
    }
}

extension RawClient {
    /// Asks for an upgrade, and reads the head of the answer. `early` is sent in one piece with the request.
    package func upgrade(
        _ target: String = "/",
        to name: String = "echo/1",
        early: String = ""
    ) throws -> ReceivedResponse {
        try send(
            "GET \(target) HTTP/1.1\r\nHost: test.example\r\nConnection: Upgrade\r\nUpgrade: \(name)\r\n\r\n\(early)"
        )
        return try head()
    }
}
