// SPDX-License-Identifier: Apache-2.0

import CRuntime
import CurlMulti
import CurlewTestKit
import Glibc
import Reactor
import Testing

/// Bodies that go through a pipe, past libcurl.
@Suite struct SpliceTests {
    /// A fetch whose body goes through a pipe that the test reads.
    private final class Spliced {
        let fetch: Fetch
        /// The body, in the order in which it came, by whichever way.
        private(set) var body: [UInt8] = []
        private(set) var viaPipe = 0
        private(set) var viaLibcurl = 0
        private(set) var isSpliced = false
        /// How often a piece was to be taken.
        private(set) var calls = 0
        /// Asked before one is, with the number of the call.
        var takes: (Int) -> ReceiveDecision = { _ in .taken }
        private let readEnd: Int32
        let writeEnd: Int32

        init(_ fetch: Fetch) {
            self.fetch = fetch
            var ends: [Int32] = [-1, -1]
            #expect(pipe(&ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
            (readEnd, writeEnd) = (ends[0], ends[1])
            fetch.headEnded = { [unowned self] in
                isSpliced = self.fetch.transfer.spliceBody(into: writeEnd)
            }
            let ask = { [unowned self] in
                calls += 1
                return takes(calls)
            }
            fetch.takesBody = ask
            fetch.takesSpliced = { [unowned self] count in
                let decision = ask()
                guard case .taken = decision else { return decision }
                catchUp()
                body += read(count)
                viaPipe += count
                return .taken
            }
        }

        deinit {
            close(readEnd)
            close(writeEnd)
        }

        /// What has come through libcurl since the last look belongs before what comes now.
        func catchUp() {
            body += fetch.body[viaLibcurl...]
            viaLibcurl = fetch.body.count
        }

        /// Makes the pipe hold something that is nobody's.
        func fill(_ count: Int) {
            #expect(write(writeEnd, [UInt8](repeating: 0xEE, count: count), count) == count)
        }

        func read(_ count: Int) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            var got = 0
            while got < count {
                let more = Glibc.read(readEnd, &bytes[got], count - got)
                guard more > 0 else { break }
                got += more
            }
            #expect(got == count)
            return bytes
        }
    }

    private func spliced(_ driver: Driver, _ origin: FakeOrigin) throws -> Spliced {
        Spliced(Fetch(try driver.transfer(to: origin)))
    }

    private func pausedAtFourthPiece(_ driver: Driver, _ origin: FakeOrigin) throws -> Spliced {
        let spliced = try spliced(driver, origin)
        spliced.takes = { $0 == 4 ? .pause : .taken }
        try driver.start(spliced.fetch)
        try driver.run("the pause") { spliced.fetch.transfer.isReceivingPaused }
        return spliced
    }

    @Test func aLongBodyComesWholeAndMostlyPastLibcurl() throws {
        let size = 3 << 20
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let driver = try Driver()
        let spliced = try spliced(driver, origin)
        #expect(try driver.finish(spliced.fetch) == .CURLE_OK)
        spliced.catchUp()
        #expect(spliced.body == BodyPattern.bytes(size))
        #expect(spliced.isSpliced == AnsweredCalls.areOurs)
        if AnsweredCalls.areOurs { #expect(spliced.viaPipe >= size - 64 * 1024) }
        // The next response on the same connection is libcurl's again.
        let next = Fetch(spliced.fetch.transfer)
        #expect(try driver.finish(next) == .CURLE_OK)
        #expect(next.body == BodyPattern.bytes(size))
        #expect(origin.connections.count == 1)
    }

    @Test func whatIsRefusedComesAgainAndInItsPlace() throws {
        let size = 3 << 20
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let driver = try Driver()
        let spliced = try spliced(driver, origin)
        var pauses = 0
        spliced.takes = { call in
            guard call % 3 == 2 else { return .taken }
            pauses += 1
            return .pause
        }
        try driver.start(spliced.fetch)
        try driver.run("the whole body") {
            if spliced.fetch.transfer.isReceivingPaused { spliced.fetch.transfer.resumeReceiving() }
            return spliced.fetch.result != nil
        }
        spliced.catchUp()
        #expect(spliced.fetch.result == .CURLE_OK)
        #expect(pauses > 10)
        #expect(spliced.body == BodyPattern.bytes(size))
    }

    /// Whatever wakes libcurl meanwhile: newer ones would go on receiving.
    @Test func nothingIsReceivedWhileItIsPaused() throws {
        let size = 8 << 20
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let driver = try Driver()
        let spliced = try pausedAtFourthPiece(driver, origin)
        let socket = spliced.fetch.transfer.socket
        for _ in 0..<10 {
            driver.multi.timeoutExpired()
            driver.multi.socketReady(socket, readable: true, writable: true, failed: false)
        }
        #expect(spliced.calls == 4)
        spliced.fetch.transfer.resumeReceiving()
        try driver.run("the rest") { spliced.fetch.result != nil }
        spliced.catchUp()
        #expect(spliced.body == BodyPattern.bytes(size))
    }

    @Test func whatAFullPipeHasNoRoomForComesThroughLibcurl() throws {
        let size = 1 << 20
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let driver = try Driver()
        let spliced = try spliced(driver, origin)
        spliced.fill(64 * 1024)
        #expect(try driver.finish(spliced.fetch) == .CURLE_OK)
        #expect(spliced.viaPipe == 0)
        #expect(spliced.fetch.body == BodyPattern.bytes(size))
        #expect(spliced.read(64 * 1024).allSatisfy { $0 == 0xEE })
    }

    @Test func aBodyThatIsCutOffFails() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            try connection.socket.send(BodyPattern.bytes(300_000))
        }
        let driver = try Driver()
        let spliced = try spliced(driver, origin)
        #expect(try driver.finish(spliced.fetch) == .CURLE_PARTIAL_FILE)
        spliced.catchUp()
        #expect(spliced.body == BodyPattern.bytes(300_000))
    }

    /// The number of a socket may be that of another one soon after.
    @Test func aCancelledTransferLeavesNothingBehind() throws {
        let size = 8 << 20
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let driver = try Driver()
        let spliced = try pausedAtFourthPiece(driver, origin)
        driver.cancel(spliced.fetch.transfer)
        let next = Fetch(try driver.transfer(to: origin))
        #expect(try driver.finish(next) == .CURLE_OK)
        #expect(next.body == BodyPattern.bytes(size))
        #expect(driver.hub.opened.count == 2)
    }

    @Test func onlyASocketThatWasJustReceivedFromCanBeSpliced() throws {
        #expect(curlew_splice(0, 5) == 0)
        curlew_enter_libcurl()
        defer {
            curlew_leave_libcurl()
            curlew_forget_sockets()
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        defer { close(descriptor) }
        curlew_opened(descriptor, 1)
        #expect(curlew_splice(descriptor, 5) == 0)
        var byte: UInt8 = 0
        _ = recv(descriptor, &byte, 1, 0)
        #expect((curlew_splice(descriptor, 5) != 0) == AnsweredCalls.areOurs)
        // The end of somebody else's pipe is not ours.
        curlew_end_splice(descriptor, 6)
        // TLS, or HTTP/2.
        curlew_opened(descriptor, 0)
        _ = recv(descriptor, &byte, 1, 0)
        #expect(curlew_splice(descriptor, 5) == 0)
    }

    /// Backends' numbers become clients', whose bodies are read while libcurl asks for them.
    @Test func aNumberThatWasABackendsIsOnlyANumber() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        let size = 40_000
        defer {
            ends.forEach { close($0) }
            curlew_forget_sockets()
        }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        func arrive() { #expect(send(ends[1], buffer, size, 0) == size) }
        curlew_opened(ends[0], 1)
        _ = curlew_expect_silence(ends[0])
        arrive()
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        // The gateway's own way to read has nothing to do with libcurl's.
        #expect(buffer.withUnsafeMutableBytes { Socket(descriptor: ends[0]).read(into: $0) } == .bytes(size))
        arrive()
        curlew_closed(ends[0])
        #expect(recv(ends[0], &buffer, buffer.count, 0) == size)
        // As libcurl's first look at a response would have been.
        arrive()
        curlew_opened(ends[0], 1)
        #expect(recv(ends[0], &buffer, buffer.count, 0) == (AnsweredCalls.areOurs ? 16 * 1024 : size))
    }

    @Test func whereBytesMayBeTLSNothingIsSpliced() {
        var target = TransferTarget(url: "http://a.example/", connectTimeoutMilliseconds: nil)
        #expect(target.isPlain)
        target.speaksHTTP2 = true
        #expect(!target.isPlain)
        target.speaksHTTP2 = false
        target.connection = ConnectionSettings()
        #expect(target.isPlain)
        target.connection?.proxy = "https://proxy.example"
        #expect(!target.isPlain)
        target = TransferTarget(url: "https://a.example/", connectTimeoutMilliseconds: nil)
        #expect(!target.isPlain)
    }
}
