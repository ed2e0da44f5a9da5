// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A client that sends exactly the bytes a test gives it and reads responses strictly. It belongs to one thread.
package final class RawClient {
    package let socket: StreamSocket
    private let reader: MessageReader

    /// Connects to a port of 127.0.0.1, from another address of the loopback if one is given. The socket buffers have the
    /// kernel's sizes when 0.
    package init(port: UInt16, receiveBuffer: Int32 = 0, sendBuffer: Int32 = 0, from source: String? = nil) throws {
        let endpoint = Endpoint.tcp(port: port)
        socket = try endpoint.connect(receiveBuffer: receiveBuffer, sendBuffer: sendBuffer, from: source)
        reader = MessageReader(socket)
    }

    /// Sends `text` as it stands.
    package func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Sends `bytes` as they stand.
    package func send(_ bytes: [UInt8]) throws {
        try socket.send(bytes)
    }

    /// Sends `text` one byte at a time, each in a segment of its own.
    package func sendBytewise(_ text: String) throws {
        for byte in text.utf8 {
            try send([byte])
        }
    }

    /// Sends `count` bytes of ``BodyPattern``, generated on the way, from its position `offset` on.
    package func sendPattern(_ count: Int, from offset: Int = 0, until deadline: Deadline = .usual) throws {
        var sent = 0
        while sent < count {
            sent += try BodyPattern.withPiece(at: offset + sent, count: count - sent) { piece in
                try socket.send(piece, until: deadline)
                return piece.count
            }
        }
    }

    /// Sends ``BodyPattern`` until the gateway takes no more for `patience` seconds, and returns how many bytes it took.
    ///
    /// Only time can show that nothing happens; a gateway that never stops reading fails at `limit`.
    package func sendUntilStuck(limit: Int, patience: Double = 0.5) throws -> Int {
        var sent = 0
        while sent < limit {
            do {
                try socket.waitUntilReady(POLLOUT, until: .after(seconds: patience), for: "room")
            } catch KitError.deadline {
                return sent
            }
            sent += try BodyPattern.withPiece(at: sent, count: limit - sent) { try socket.sendNow($0) }
        }
        return sent
    }

    /// Reads the response to a request whose method was `method`, with the interim ones before it.
    ///
    /// A response that breaks off is returned with what came of it; a connection that ends before the end of a head
    /// is an error.
    package func response(to method: String = "GET", until deadline: Deadline = .usual) throws -> ReceivedResponse {
        var response = try head(until: deadline)
        var interim: [Int] = []
        while response.status < 200 && response.status != 101 {
            interim.append(response.status)
            response = try head(until: deadline)
        }
        response.interim = interim
        try readBody(of: &response, to: method, until: deadline)
        return response
    }

    /// Reads a head, be it an interim one.
    package func head(until deadline: Deadline = .usual) throws -> ReceivedResponse {
        guard let head = try reader.read(through: "\r\n\r\n", of: "a response head", until: deadline) else {
            throw KitError.truncated("a response head after 0 bytes")
        }
        return try ReceivedResponse(head: head)
    }

    /// Reads the body that belongs to a head.
    package func readBody(
        of response: inout ReceivedResponse,
        to method: String = "GET",
        until deadline: Deadline = .usual
    ) throws {
        response.body.framing = try response.framing(for: method)
        do {
            try reader.readBody(into: &response.body, until: deadline)
        } catch KitError.truncated {
            response.end = .truncated
        } catch KitError.reset {
            response.end = .reset
        }
    }

    /// Reads exactly `count` bytes of a body.
    package func readPart(_ count: Int, until deadline: Deadline = .usual) throws -> ReceivedBody {
        var body = ReceivedBody()
        try reader.read(count, into: &body, until: deadline)
        return body
    }

    /// Reads what comes next as text; empty when the gateway has finished sending.
    package func receive(until deadline: Deadline = .usual) throws -> String {
        String(decoding: try reader.readSome(until: deadline), as: UTF8.self)
    }

    /// Sends `request` and reads the response to it; the method is the request's first word.
    package func exchange(_ request: String, until deadline: Deadline = .usual) throws -> ReceivedResponse {
        try send(request)
        return try response(to: String(request.prefix { $0 != " " }), until: deadline)
    }

    /// Sends a GET with only a Host field and reads the response.
    package func get(_ target: String = "/", until deadline: Deadline = .usual) throws -> ReceivedResponse {
        try exchange("GET \(target) HTTP/1.1\r\nHost: test.example\r\n\r\n", until: deadline)
    }

    /// Waits until the gateway has closed, and returns the bytes that came before that. A reset counts as closed.
    @discardableResult
    package func waitForClose(until deadline: Deadline = .usual) throws -> [UInt8] {
        var rest = ReceivedBody()
        do {
            try reader.readToEnd(into: &rest, until: deadline)
        } catch KitError.reset {}
        return rest.bytes
    }

    /// Whether nothing arrives for `seconds`, neither bytes nor the end. Only time can show that nothing happens.
    package func staysSilent(for seconds: Double) -> Bool {
        guard reader.leftover.isEmpty else { return false }
        do {
            try socket.waitUntilReady(POLLIN, until: .after(seconds: seconds), for: "nothing")
            return false
        } catch {
            return true
        }
    }

    /// Gives up a small receive buffer, with which the rest of a large body would take long.
    package func growReceiveBuffer() {
        socket.setOption(SO_RCVBUF, Int32(1 << 20))
    }

    /// Sends FIN and goes on reading.
    package func finishSending() { socket.finishSending() }

    /// Closes with FIN.
    package func close() { socket.close() }

    /// Closes with RST.
    package func reset() { socket.reset() }
}
