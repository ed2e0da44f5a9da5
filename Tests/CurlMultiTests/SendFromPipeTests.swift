// SPDX-License-Identifier: Apache-2.0

import CRuntime
import CurlMulti
import CurlewTestKit
import Glibc
import Reactor
import Testing

/// Request bodies that come from a pipe, past libcurl.
@Suite struct SendFromPipeTests {
    private let areOurs = AnsweredCalls.areOurs

    /// Uploads `body`, each piece by the way that `isSpliced` names for it, as far as there is one.
    private final class Upload {
        let fetch: Fetch
        let pipe: SplicePipe
        private(set) var viaPipe = 0
        private(set) var viaMemory = 0

        init(_ fetch: Fetch, _ body: [UInt8], atMost most: Int = .max, isSpliced: @escaping (Int) -> Bool) throws {
            self.fetch = fetch
            pipe = try SplicePipe()
            var calls = 0
            fetch.fill = { [unowned self] buffer in
                calls += 1
                let sent = viaPipe + viaMemory
                let count = min(buffer.count, body.count - sent, most)
                if count == 0 { return .end }
                guard isSpliced(calls), fetch.transfer.canSendFromPipe else {
                    buffer.copyBytes(from: body[sent..<sent + count])
                    viaMemory += count
                    return .bytes(count)
                }
                // What must never be sent.
                memset(buffer.baseAddress!, 0xEE, buffer.count)
                let put = body[sent..<sent + count].withUnsafeBytes { write(pipe.writeEnd, $0.baseAddress, count) }
                guard put > 0 else { return .abort }
                viaPipe += put
                return .spliced(put, from: pipe.readEnd)
            }
        }
    }

    private func origin() throws -> FakeOrigin { try FakeOrigin { .text("\($0.body.count)") } }

    private func upload(
        _ driver: Driver,
        _ origin: FakeOrigin,
        _ size: Int,
        atMost most: Int = .max,
        isSpliced: @escaping (Int) -> Bool = { _ in true }
    ) throws -> Upload {
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .streamed(UInt64(size)))
        return try Upload(fetch, BodyPattern.bytes(size), atMost: most, isSpliced: isSpliced)
    }

    @Test func aLongBodyIsSentWholeAndPastLibcurl() throws {
        let size = 3 << 20
        let (origin, driver) = (try origin(), try Driver())
        let upload = try upload(driver, origin, size)
        #expect(try driver.finish(upload.fetch) == .CURLE_OK)
        #expect(upload.fetch.text == "\(size)")
        #expect(origin.requests[0].body.followsPattern)
        if areOurs { #expect(upload.viaPipe >= size - 64 * 1024) }
        #expect(upload.pipe.isEmpty)
        // The next request on the same connection is libcurl's again.
        let next = Fetch(upload.fetch.transfer, "POST", body: .streamed(100_000))
        next.sends(BodyPattern.bytes(100_000))
        #expect(try driver.finish(next) == .CURLE_OK)
        #expect(origin.requests[1].body.followsPattern)
        #expect(origin.requests[1].body.count == 100_000)
        #expect(origin.connections.count == 1)
    }

    @Test(arguments: [1, 700, 5_000, 65_536]) func piecesOfEveryKindComeInTheirOrder(piece: Int) throws {
        let size = piece * 60
        let (origin, driver) = (try origin(), try Driver())
        let upload = try upload(driver, origin, size, atMost: piece) { $0 % 3 != 0 }
        #expect(try driver.finish(upload.fetch) == .CURLE_OK)
        #expect(origin.requests[0].body.count == size)
        #expect(origin.requests[0].body.followsPattern)
        if areOurs { #expect(upload.viaPipe > 0) }
        #expect(upload.viaMemory > 0)
    }

    /// The socket takes part of a piece now and the rest later.
    @Test func whatASlowBackendTakesInPartsIsWhole() throws {
        let size = 8 << 20
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard var request = try connection.nextHead() else { return }
            try gate.wait()
            for _ in 0..<512 {
                try connection.readPart(size / 512, of: &request)
                usleep(200)
            }
            try connection.send(.text(request.body.followsPattern ? "whole" : "broken"), to: request)
        }
        let driver = try Driver()
        let upload = try upload(driver, origin, size) { $0 % 5 != 0 }
        try driver.start(upload.fetch)
        var before = -1
        try driver.run("a full socket") {
            defer { before = upload.viaPipe + upload.viaMemory }
            return before > 0 && before == upload.viaPipe + upload.viaMemory
        }
        gate.open()
        try driver.run("the answer") { upload.fetch.result != nil }
        #expect(upload.fetch.text == "whole")
    }

    /// Of a transfer that is over, nothing is sent any more, whatever its socket's number means then.
    @Test func aCancelledTransferLeavesNothingBehind() throws {
        let size = 64 << 20
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard var request = try connection.nextHead() else { return }
            if request.target == "/stuck" { return try gate.wait() }
            try connection.readBody(of: &request)
            try connection.send(.text("well"), to: request)
        }
        defer { gate.open() }
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin), "POST", "/stuck", body: .streamed(UInt64(size)))
        let stuck = try Upload(fetch, BodyPattern.bytes(size)) { _ in
            // No piece finds room at once.
            var room: Int32 = 4096
            setsockopt(fetch.transfer.socket, SOL_SOCKET, SO_SNDBUF, &room, 4)
            return true
        }
        try driver.start(fetch)
        try driver.run("a piece that is stuck") { areOurs ? !stuck.pipe.isEmpty : stuck.viaMemory > 0 }
        driver.cancel(fetch.transfer)
        let next = try upload(driver, origin, 1 << 20)
        #expect(try driver.finish(next.fetch) == .CURLE_OK)
        #expect(next.fetch.text == "well")
        #expect(origin.requests.last?.body.followsPattern == true)
    }

    // MARK: send(2) itself

    /// A socket whose bytes may come from a pipe, its peer, and a pipe.
    private func withSockets(_ body: (_ socket: Int32, _ peer: Socket, _ pipe: SplicePipe) throws -> Void) throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        curlew_opened(ends[0], 1)
        curlew_enter_libcurl()
        defer {
            curlew_leave_libcurl()
            curlew_forget_sockets()
            ends.forEach { close($0) }
        }
        try body(ends[0], Socket(descriptor: ends[1]), SplicePipe())
    }

    private func put(_ text: String, into pipe: SplicePipe) {
        #expect(Array(text.utf8).withUnsafeBytes { write(pipe.writeEnd, $0.baseAddress, $0.count) } == text.utf8.count)
    }

    private func received(_ socket: Socket) -> String {
        var bytes = [UInt8](repeating: 0, count: 1000)
        guard case .bytes(let count) = bytes.withUnsafeMutableBytes({ socket.read(into: $0) }) else { return "" }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test(.enabled(if: AnsweredCalls.areOurs)) func whatStandsForOthersIsReplacedAndTheRestIsNot() throws {
        try withSockets { socket, peer, pipe in
            put("body", into: pipe)
            let memory = Array("head....tail".utf8)
            try memory.withUnsafeBytes { memory in
                let start = try #require(memory.baseAddress)
                #expect(curlew_send_from_pipe(socket, pipe.readEnd, start + 4, 4) == 1)
                #expect(curlew_may_send_from_pipe(socket) == 0)
                #expect(curlew_send_from_pipe(socket, pipe.readEnd, start, 4) == 0, "others have not been sent yet")
                // The gateway's own way to write has nothing to do with libcurl's.
                #expect(Socket(descriptor: socket).write(UnsafeRawBufferPointer(rebasing: memory[4..<8])) == .bytes(4))
                #expect(received(peer) == "....")
                #expect(send(socket, start, 6, 0) == 6)
                #expect(received(peer) == "headbo")
                #expect(send(socket, start + 6, 6, 0) == 6)
                #expect(received(peer) == "dytail")
                #expect(curlew_may_send_from_pipe(socket) == 1)
                #expect(send(socket, start, 12, 0) == 12)
                #expect(received(peer) == "head....tail")
            }
        }
    }

    /// Memory that means nothing must not leave the process.
    @Test(.enabled(if: AnsweredCalls.areOurs)) func whatLiesBehindUnsentBytesIsNotSentAheadOfThem() throws {
        try withSockets { socket, peer, pipe in
            put("body", into: pipe)
            let memory = Array("....tail".utf8)
            try memory.withUnsafeBytes { memory in
                let start = try #require(memory.baseAddress)
                #expect(curlew_send_from_pipe(socket, pipe.readEnd, start, 4) == 1)
                for place in [1, 3, 4, 6, -2, -100] {
                    #expect(send(socket, start + place, 2, 0) == -1 && errno == EIO)
                }
                #expect(received(peer) == "")
                // The end of somebody else's pipe is not ours.
                curlew_end_sending(socket, pipe.writeEnd)
                #expect(send(socket, start, 4, 0) == 4)
                #expect(received(peer) == "body")
                // A libcurl that moves what it was given gets bodies as they are from then on.
                #expect(curlew_may_send_from_pipe(socket) == 0)
                curlew_opened(socket, 1)
                #expect(curlew_may_send_from_pipe(socket) == 0)
            }
        }
    }

    @Test(.enabled(if: AnsweredCalls.areOurs)) func whatThePipeLacksIsNotMadeUp() throws {
        try withSockets { socket, peer, pipe in
            put("bo", into: pipe)
            let memory = Array("....".utf8)
            try memory.withUnsafeBytes { memory in
                let start = try #require(memory.baseAddress)
                #expect(curlew_send_from_pipe(socket, pipe.readEnd, start, 4) == 1)
                #expect(send(socket, start, 4, 0) == 2)
                #expect(send(socket, start + 2, 2, 0) == -1 && errno == EAGAIN)
                #expect(received(peer) == "bo")
                curlew_end_sending(socket, pipe.readEnd)
                #expect(curlew_may_send_from_pipe(socket) == 1)
            }
        }
    }

    /// A backend that refuses a request answers, and breaks the connection.
    @Test(.enabled(if: AnsweredCalls.areOurs)) func anAnswerIsReadBeforeItIsToldThatNothingCanBeSent() throws {
        try withSockets { socket, peer, _ in
            let memory = Array("body".utf8)
            #expect(Array("answer".utf8).withUnsafeBytes { peer.write($0) } == .bytes(6))
            shutdown(socket, Int32(SHUT_WR))
            // It answers something else: nothing has been asked yet.
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == -1 && errno == EPIPE)
        }
        try withSockets { socket, peer, _ in
            let memory = Array("body".utf8)
            var room = [UInt8](repeating: 0, count: 100)
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == 4)
            shutdown(socket, Int32(SHUT_WR))
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == -1 && errno == EPIPE)
            // As newer ones look before anything has come.
            #expect(recv(socket, &room, room.count, 0) == -1 && errno == EAGAIN)
            #expect(Array("answer".utf8).withUnsafeBytes { peer.write($0) } == .bytes(6))
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == -1 && errno == EAGAIN)
            // What has been read may be a 103, with the answer behind it.
            #expect(recv(socket, &room, 3, 0) == 3)
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == -1 && errno == EAGAIN)
            curlew_answer_begins(socket)
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == -1 && errno == EPIPE)
            // So it is with the next request.
            _ = curlew_expect_silence(socket)
            #expect(send(socket, memory, 4, Int32(MSG_NOSIGNAL)) == -1 && errno == EPIPE)
        }
    }

    @Test func onlyWhatIsPlainMayComeFromAPipe() throws {
        try withSockets { socket, _, pipe in
            #expect((curlew_may_send_from_pipe(socket) != 0) == areOurs)
            curlew_opened(socket, 0)
            let memory: [UInt8] = [0]
            #expect(curlew_may_send_from_pipe(socket) == 0)
            #expect(memory.withUnsafeBytes { curlew_send_from_pipe(socket, pipe.readEnd, $0.baseAddress, 1) } == 0)
            #expect(curlew_may_send_from_pipe(-1) == 0)
            #expect(curlew_may_send_from_pipe(1 << 20) == 0)
        }
    }
}
