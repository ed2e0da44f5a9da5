// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Reactor
import Testing

@Suite struct SocketTests {
    @Test func readingSaysBytesThenWouldBlockThenEnd() {
        let pair = SocketPair()
        #expect(pair.near.readText().0 == .wouldBlock)
        #expect(pair.far.write("hello") == .bytes(5))
        #expect(pair.near.readText() == (.bytes(5), "hello"))
        #expect(pair.near.readText().0 == .wouldBlock)
        pair.far.shutdownWriting()
        #expect(!pair.near.hasInput)
        #expect(pair.near.readText().0 == .endOfStream)
        pair.close()
    }

    @Test func aResetIsAFailureWithItsReason() throws {
        let listener = try Listener(try #require(SocketAddress(host: "127.0.0.1", port: 0)), exclusive: true)
        defer { listener.close() }
        let raw = try RawClient(port: listener.port)
        let socket = try accepted(listener)
        raw.reset()
        #expect(ready(socket, POLLIN))
        #expect(socket.readText().0 == .failed(ECONNRESET))
        #expect(socket.write("x") == .failed(EPIPE))
        socket.close()
    }

    /// The process must survive a write to a closed socket, whatever is done about SIGPIPE.
    @Test func writingToAClosedPeerFailsWithoutASignal() {
        let pair = SocketPair()
        pair.far.close()
        #expect(pair.near.write("x") == .failed(EPIPE))
        #expect(gather(pair.near, ["x", "y"]) == .failed(EPIPE))
        pair.near.close()
    }

    @Test func aFullSocketTakesPartAndThenNothing() {
        let pair = SocketPair()
        let block = [UInt8](repeating: 1, count: 1 << 20)
        var taken = 0
        while case .bytes(let count) = block.withUnsafeBytes({ pair.near.write($0) }) { taken += count }
        #expect(taken > 0)
        #expect(block.withUnsafeBytes { pair.near.write($0) } == .wouldBlock)
        #expect(gather(pair.near, ["x"]) == .wouldBlock)
        pair.close()
    }

    @Test func whatThePeerHasNotTakenIsKnown() {
        let pair = SocketPair()
        #expect(pair.near.unacknowledgedBytes == 0)
        #expect(pair.near.write("hello") == .bytes(5))
        #expect(pair.near.unacknowledgedBytes > 0)
        #expect(pair.far.readText().1 == "hello")
        #expect(pair.near.unacknowledgedBytes == 0)
        #expect(Socket(descriptor: -1).unacknowledgedBytes == 0)
        pair.close()
    }

    @Test func gatheredPiecesArriveInOrderAndEmptyOnesDoNoHarm() {
        let pair = SocketPair()
        #expect(gather(pair.near, ["head ", "", "body", " end"]) == .bytes(13))
        #expect(pair.far.readText().1 == "head body end")
        #expect(gather(pair.near, ["", "x", ""]) == .bytes(1))
        #expect(pair.far.readText().1 == "x")
        pair.close()
    }

    /// What was sent must be what the count says, from the front: the rest is sent again by the caller.
    @Test func aGatheringWriteThatIsCutShortSaysHowMuchWentOut() {
        let pair = SocketPair()
        var size: Int32 = 4096
        setsockopt(pair.near.descriptor, SOL_SOCKET, SO_SNDBUF, &size, 4)
        let pieces = [String(repeating: "a", count: 100_000), String(repeating: "b", count: 400_000)]
        guard case .bytes(let sent) = gather(pair.near, pieces) else {
            Issue.record("nothing was written")
            return
        }
        #expect(sent < 500_000)
        var received = ""
        while case (.bytes, let text) = pair.far.readText() { received += text }
        #expect(received == String(pieces.joined().prefix(sent)))
        pair.close()
    }

    @Test func discardedInputIsGone() {
        let pair = SocketPair()
        #expect(!pair.near.hasInput)
        pair.far.write(String(repeating: "x", count: 50_000))
        #expect(pair.near.hasInput)
        pair.near.discardInput()
        #expect(!pair.near.hasInput)
        #expect(pair.near.readText().0 == .wouldBlock)
        pair.close()
    }

    @Test func resetOnCloseIsSeenByThePeerAsAReset() throws {
        let listener = try Listener(try #require(SocketAddress(host: "127.0.0.1", port: 0)), exclusive: true)
        defer { listener.close() }
        let raw = try RawClient(port: listener.port)
        let socket = try accepted(listener)
        socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart")
        var response = try raw.head()
        socket.resetOnClose()
        socket.close()
        try raw.readBody(of: &response)
        #expect(response.end == .reset)
    }

    private func accepted(_ listener: Listener) throws -> Socket {
        var request = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&request, 1, 20_000) == 1)
        guard case .connection(let socket, _) = listener.accept() else { throw KitError.process("nobody came") }
        return socket
    }

    private func ready(_ socket: Socket, _ events: Int32) -> Bool {
        var request = pollfd(fd: socket.descriptor, events: Int16(events), revents: 0)
        return poll(&request, 1, 20_000) == 1
    }

    private func gather(_ socket: Socket, _ texts: [String]) -> IOResult {
        let bytes = Array(texts.joined().utf8)
        return bytes.withUnsafeBytes { whole in
            var pieces: [UnsafeRawBufferPointer] = []
            var start = 0
            for text in texts {
                let end = start + text.utf8.count
                pieces.append(UnsafeRawBufferPointer(rebasing: whole[start..<end]))
                start = end
            }
            return pieces.withUnsafeBufferPointer { socket.write($0) }
        }
    }
}
