// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@testable import Reactor

@Suite struct ListenerTests {
    private func loopback(_ port: UInt16, _ host: String = "127.0.0.1") throws -> SocketAddress {
        try #require(SocketAddress(host: host, port: port))
    }

    /// Waits for a client.
    private func client(of listener: Listener) throws -> (Socket, SocketAddress)? {
        var request = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&request, 1, 20_000) == 1)
        if case .connection(let socket, let address) = listener.accept() { return (socket, address) }
        return nil
    }

    @Test func port0IsReplacedByTheKernelsChoice() throws {
        let listener = try Listener(loopback(0), exclusive: true)
        defer { listener.close() }
        #expect(listener.port != 0)
        let raw = try RawClient(port: listener.port)
        let (socket, _) = try #require(try client(of: listener))
        socket.close()
        raw.close()
    }

    /// Delayed small segments would cost a kept-alive connection 40 ms a response.
    @Test func acceptedConnectionsSendAtOnce() throws {
        let listener = try Listener(loopback(0), exclusive: true)
        defer { listener.close() }
        let raw = try RawClient(port: listener.port)
        let (socket, _) = try #require(try client(of: listener))
        var (value, size) = (Int32(0), socklen_t(4))
        #expect(getsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &size) == 0)
        #expect(value == 1)
        socket.close()
        raw.close()
    }

    /// SO_REUSEPORT alone would let a second gateway of the same user take half of the clients in silence.
    @Test func aPortInUseIsRefusedThoughItsHolderSharesIt() throws {
        let holder = try Listener(loopback(0), exclusive: true)
        defer { holder.close() }
        #expect(throws: SystemError("bind", code: EADDRINUSE)) {
            _ = try Listener(loopback(holder.port), exclusive: true)
        }
        // The refusal has not harmed the holder.
        let raw = try RawClient(port: holder.port)
        let (socket, _) = try #require(try client(of: holder))
        socket.close()
        raw.close()
    }

    @Test func listenersOfOneGatewayShareAPort() throws {
        let first = try Listener(loopback(0), exclusive: true)
        let second = try Listener(loopback(first.port), exclusive: false)
        defer { second.close() }
        #expect(second.port == first.port)
        // With one of them gone the other still has the port, and clients.
        first.close()
        let raw = try RawClient(port: second.port)
        let (socket, _) = try #require(try client(of: second))
        socket.close()
        raw.close()
    }

    @Test func aPortCanBeTakenAgainRightAfterItsHolderWasServing() throws {
        let first = try Listener(loopback(0), exclusive: true)
        let raw = try RawClient(port: first.port)
        let (socket, _) = try #require(try client(of: first))
        // The side that closes first keeps the port in TIME_WAIT.
        socket.close()
        try raw.waitForClose()
        raw.close()
        first.close()
        let second = try Listener(loopback(first.port), exclusive: true)
        second.close()
    }

    @Test func acceptTellsWhoTheClientIs() throws {
        let listener = try Listener(loopback(0), exclusive: true)
        defer { listener.close() }
        let raw = try RawClient(port: listener.port)
        let (socket, address) = try #require(try client(of: listener))
        #expect(address.number == (0, 0xFFFF_7F00_0001))
        #expect(address.port != 0)
        #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        socket.close()
        raw.close()
    }

    @Test func acceptSaysWhenNobodyWaits() throws {
        let listener = try Listener(loopback(0), exclusive: true)
        defer { listener.close() }
        guard case .none = listener.accept() else {
            Issue.record("somebody was accepted")
            return
        }
    }

    @Test func anAddressThatIsNotThisMachinesIsRefused() throws {
        // TEST-NET-1 (RFC 5737).
        #expect(throws: SystemError("bind", code: EADDRNOTAVAIL)) {
            _ = try Listener(loopback(0, "192.0.2.1"), exclusive: true)
        }
    }

    @Test func bothFamiliesHaveAPortEach() throws {
        let six = try Listener(loopback(0, "::"), exclusive: true)
        defer { six.close() }
        // `[::]` must not have taken the port of IPv4 with it.
        let four = try Listener(loopback(six.port, "0.0.0.0"), exclusive: true)
        four.close()
    }
}

@Suite struct SocketAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1", 0, 0xFFFF_7F00_0001), ("203.0.113.255", 0, 0xFFFF_CB00_71FF), ("::", 0, 0), ("::1", 0, 1),
            ("2001:db8::ff00:42:8329", 0x2001_0DB8_0000_0000, 0x0000_FF00_0042_8329),
            ("::ffff:203.0.113.9", 0, 0xFFFF_CB00_7109),
        ] as [(String, UInt64, UInt64)]
    )
    func anAddressIsANumberInWhichIPv4IsMapped(host: String, high: UInt64, low: UInt64) throws {
        let address = try #require(SocketAddress(host: host, port: 8080))
        #expect(address.number == (high, low))
        #expect(address.port == 8080)
    }

    @Test(arguments: ["", "localhost", "127.0.0.256", "127.1", "[::1]", "::1%lo", "1.2.3.4 "])
    func whatIsNoLiteralIsNoAddress(host: String) {
        #expect(SocketAddress(host: host, port: 1) == nil)
    }
}
