// SPDX-License-Identifier: Apache-2.0

/// Backends that misbehave in the ways that real ones do. All of them answer health pings properly.
package enum StubbornOrigin {
    /// Reads each request and never answers.
    package static func neverAnswering() throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {}
        }
    }

    /// Reads each request and then closes the connection with FIN instead of answering.
    ///
    /// The first `answered` requests of each connection are answered properly. From 1 on, the request that dies arrives
    /// on a reused connection, which is where a client library may resend it by itself.
    package static func closing(afterAnswering answered: Int = 0) throws -> FakeOrigin {
        try dying(afterAnswering: answered) { _ in }
    }

    /// Like ``closing(afterAnswering:)``, with RST.
    package static func resetting(afterAnswering answered: Int = 0) throws -> FakeOrigin {
        try dying(afterAnswering: answered) { $0.socket.reset() }
    }

    /// Reads each request, sends `bytes` as they stand and closes with FIN.
    package static func sending(_ bytes: String) throws -> FakeOrigin {
        try dying { try $0.send(bytes) }
    }

    /// Reads each request, sends `bytes` as they stand and then nothing more until the peer closes.
    package static func sendingThenSilent(_ bytes: String) throws -> FakeOrigin {
        try dying {
            try $0.send(bytes)
            try $0.waitForPeerToClose()
        }
    }

    /// Sends `bytes` one at a time, each of them when `gate` has been opened or at once when there is none.
    package static func trickling(_ bytes: String, gate: Gate? = nil) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try gate?.wait()
                for byte in bytes.utf8 {
                    try connection.socket.send([byte])
                }
            }
        }
    }

    /// Answers properly and keeps the connection; when `gate` opens, it sends `poison` on the idle connection.
    ///
    /// A gateway that reuses this connection would give the poison to its next client as that client's response.
    package static func poisoning(with poison: String, gate: Gate) throws -> FakeOrigin {
        let isPoisoned = Monitor(false)
        return try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                try connection.send(.text("clean"), to: request)
                let isFirst = isPoisoned.change { poisoned in
                    defer { poisoned = true }
                    return !poisoned
                }
                if isFirst {
                    try gate.wait()
                    try connection.send(poison)
                }
            }
        }
    }

    /// Answers properly, promising to keep the connection, and closes it at once.
    package static func closingAfterEachAnswer() throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextRequest() else { return }
            try connection.send(.text("hello"), to: request)
        }
    }

    /// Answers `status` as soon as the head is there, and never reads the body.
    ///
    /// With `closing` the connection then ends at once, which resets it when body bytes are unread.
    package static func answeringEarly(_ status: Int, closing: Bool) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextHead() else { return }
            try connection.send(.text("early", status: status, fields: [("Connection", "close")]), to: request)
            if !closing {
                connection.socket.finishSending()
                try connection.waitForPeerToClose()
            }
        }
    }

    /// Reads the head of each request and, before `gate` opens, none of the body. Then it answers what it read.
    package static func reading(when gate: Gate) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                try gate.wait(until: .never)
                try connection.readBody(of: &request)
                try connection.send(.text("\(request.body.count)"), to: request)
            }
        }
    }

    /// Answers `answered` requests of each connection, then reads one more and does `last` instead of answering.
    private static func dying(
        afterAnswering answered: Int = 0,
        _ last: @escaping @Sendable (OriginConnection) throws -> Void
    ) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            for _ in 0..<answered {
                guard let request = try connection.nextRequest() else { return }
                try connection.send(.text("hello"), to: request)
            }
            if try connection.nextRequest() != nil { try last(connection) }
        }
    }
}
