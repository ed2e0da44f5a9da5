// SPDX-License-Identifier: Apache-2.0

/// One connection that an origin accepted, as the code that serves it sees it. It belongs to one thread.
package final class OriginConnection {
    /// The connections of an origin are counted from 0 in the order of accepting.
    package let number: Int
    package let socket: StreamSocket
    private let reader: MessageReader
    private let journal: OriginJournal
    private var current: Int?
    /// Whether the serving code was told that the peer has closed, rather than returning by its own decision.
    private(set) var sawEnd = false

    init(number: Int, socket: StreamSocket, journal: OriginJournal) {
        self.number = number
        self.socket = socket
        self.journal = journal
        reader = MessageReader(socket)
    }

    /// The next request's head, recorded; `nil` when the peer closes between two requests.
    ///
    /// Health pings are answered here, as ``FakeOrigin/health`` says, and never returned.
    package func nextHead() throws -> ReceivedRequest? {
        while let head = try reader.read(through: "\r\n\r\n", of: "a request head", until: .never) {
            let request = try ReceivedRequest(head: head, connection: number)
            guard request.target == FakeOrigin.healthPath else {
                current = journal.began(request)
                return request
            }
            if try !answerPing() { return nil }
        }
        sawEnd = true
        return nil
    }

    /// Reads the body of `request` and records it.
    package func readBody(of request: inout ReceivedRequest) throws {
        try reader.readBody(into: &request.body, until: .never)
        finish(&request)
    }

    /// Reads `count` bytes of the body of `request`, which must have a length, and no more.
    package func readPart(_ count: Int, of request: inout ReceivedRequest) throws {
        try reader.read(count, into: &request.body, until: .never)
    }

    /// The next request with its body; `nil` when the peer closes between two requests.
    package func nextRequest() throws -> ReceivedRequest? {
        guard var request = try nextHead() else { return nil }
        // Fake origins have no reason to answer 100 by default; a gateway that waits for it would be seen to hang.
        try readBody(of: &request)
        return request
    }

    /// Sends `response` to `request`.
    package func send(_ response: OriginResponse, to request: ReceivedRequest) throws {
        try response.gate?.wait()
        let hasBody = request.method != "HEAD" && response.status != 204 && response.status != 304
        switch response.body {
        case .fixed(let bytes) where hasBody, .untilClose(let bytes) where hasBody:
            try socket.send(response.head + bytes)
        case .chunked(let chunks, let trailers) where hasBody:
            try socket.send(response.head)
            for chunk in chunks {
                try socket.send(OriginConnection.chunk(chunk))
            }
            try socket.send(Array("0\r\n\(trailers.map { "\($0): \($1)\r\n" }.joined())\r\n".utf8))
        case .pattern(let count, let chunked) where hasBody:
            try socket.send(response.head)
            try sendPattern(count, chunked: chunked)
        default:
            try socket.send(response.head)
        }
    }

    /// Sends `text` as it stands.
    package func send(_ text: String) throws {
        try socket.send(Array(text.utf8))
    }

    /// Blocks until the peer closes or resets, reading and dropping what it sends.
    package func waitForPeerToClose() throws {
        var rest = ReceivedBody()
        try reader.readToEnd(into: &rest, until: .never)
        sawEnd = true
    }

    /// What has come behind the head, or comes next; empty when the peer has finished sending.
    package func receive() throws -> [UInt8] {
        let bytes = try reader.readSome(until: .never)
        if bytes.isEmpty { sawEnd = true }
        return bytes
    }

    /// Sends back all that comes until the peer has finished sending.
    package func echo() throws {
        while true {
            let bytes = try receive()
            if bytes.isEmpty { return }
            try socket.send(bytes, until: .never)
        }
    }

    /// One chunk of a chunked body.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10]
    }

    private func sendPattern(_ count: Int, chunked: Bool) throws {
        var sent = 0
        while sent < count {
            sent += try BodyPattern.withPiece(at: sent, count: count - sent) { piece in
                if chunked { try send("\(String(piece.count, radix: 16))\r\n") }
                // A gigabyte takes what it takes; a peer that stops reading is ended by whoever stops the origin.
                try socket.send(piece, until: .never)
                if chunked { try send("\r\n") }
                return piece.count
            }
        }
        if chunked { try send("0\r\n\r\n") }
    }

    private func finish(_ request: inout ReceivedRequest) {
        request.isComplete = true
        if let current { journal.completed(request, at: current) }
    }

    /// Answers a health ping. False when the connection is over.
    private func answerPing() throws -> Bool {
        switch journal.pinged() {
        case .status(let code):
            try socket.send(OriginResponse(code, reason: "Ping", body: .fixed(Array("pong".utf8))).head)
            try send("pong")
            return true
        case .silent:
            try waitForPeerToClose()
            return false
        case .closes:
            return false
        }
    }
}
