// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Reactor
import Testing

@Suite struct SplicePipeTests {
    private func put(_ text: String, into pipe: SplicePipe) {
        #expect(Array(text.utf8).withUnsafeBytes { write(pipe.writeEnd, $0.baseAddress, $0.count) } == text.utf8.count)
    }

    @Test func whatWasPutInIsSentAndNoMoreThanIsAskedFor() throws {
        let (pipe, pair) = (try SplicePipe(), SocketPair())
        defer { pair.close() }
        #expect(pipe.isEmpty)
        put("hello", into: pipe)
        #expect(!pipe.isEmpty)
        #expect(pipe.send(3, to: pair.near) == .bytes(3))
        #expect(pair.far.readText().1 == "hel")
        #expect(pipe.send(2, to: pair.near) == .bytes(2))
        #expect(pair.far.readText().1 == "lo")
        #expect(pipe.isEmpty)
    }

    @Test func anEmptyPipeHasNothingToSend() throws {
        let (pipe, pair) = (try SplicePipe(), SocketPair())
        defer { pair.close() }
        #expect(pipe.send(1, to: pair.near) == .wouldBlock)
    }

    @Test func aFullSocketTakesNothingAndThePipeKeepsIt() throws {
        let (pipe, pair) = (try SplicePipe(), SocketPair())
        defer { pair.close() }
        let block = [UInt8](repeating: 1, count: 1 << 20)
        while case .bytes = block.withUnsafeBytes({ pair.near.write($0) }) {}
        put("kept", into: pipe)
        #expect(pipe.send(4, to: pair.near) == .wouldBlock)
        #expect(!pipe.isEmpty)
    }

    @Test func whatHasComeIsTakenInAndNoMoreThanIsAskedFor() throws {
        let (pipe, pair) = (try SplicePipe(), SocketPair())
        #expect(pipe.receive(5, from: pair.near) == .wouldBlock)
        #expect(pair.far.write("hello") == .bytes(5))
        #expect(pipe.receive(3, from: pair.near) == .bytes(3))
        #expect(pair.near.readText().1 == "lo")
        #expect(pipe.send(3, to: pair.near) == .bytes(3))
        #expect(pair.far.readText().1 == "hel")
        pair.far.close()
        #expect(pipe.receive(5, from: pair.near) == .endOfStream)
        pair.near.close()
    }

    @Test func aFullPipeTakesNothingAndTheSocketKeepsIt() throws {
        let (pipe, pair) = (try SplicePipe(), SocketPair())
        defer { pair.close() }
        let block = [UInt8](repeating: 1, count: 64 * 1024)
        #expect(block.withUnsafeBytes { write(pipe.writeEnd, $0.baseAddress, $0.count) } == block.count)
        #expect(pair.far.write("kept") == .bytes(4))
        #expect(pipe.receive(4, from: pair.near) == .wouldBlock)
        #expect(pair.near.readText().1 == "kept")
    }

    /// The process must survive it: splice(2) knows no MSG_NOSIGNAL.
    @Test func sendingToAClosedPeerFailsWithoutASignal() throws {
        let (pipe, pair) = (try SplicePipe(), SocketPair())
        pair.far.close()
        put("x", into: pipe)
        #expect(pipe.send(1, to: pair.near) == .failed(EPIPE))
        pair.near.close()
    }

    @Test func bothEndsAreClosedWithIt() throws {
        var end: Int32 = -1
        do {
            let pipe = try SplicePipe()
            end = pipe.writeEnd
            #expect(fcntl(end, F_GETFD) == FD_CLOEXEC)
            #expect(fcntl(end, F_GETFL) & O_NONBLOCK != 0)
        }
        // Another test may have been given the number since, but not for a pipe that it can write to and does not block.
        #expect(fcntl(end, F_GETFD) == -1 || fcntl(end, F_GETFL) & (O_NONBLOCK | O_ACCMODE) != O_NONBLOCK | O_WRONLY)
    }
}
