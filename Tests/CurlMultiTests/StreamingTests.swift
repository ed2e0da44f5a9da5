// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc
import Testing

/// Bodies in both directions: paused, resumed, cancelled, answered too early.
@Suite struct StreamingTests {
    @Test func aPausedResponseWaitsAndIsCompleteWhenItGoesOn() throws {
        let size = 3 << 20
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin))
        // One piece in four is refused at first.
        var calls = 0
        var pauses = 0
        fetch.takesBody = {
            calls += 1
            guard calls % 5 == 4 else { return .taken }
            pauses += 1
            return .pause
        }
        try driver.start(fetch)
        try driver.run("the whole body") {
            if fetch.transfer.isReceivingPaused { fetch.transfer.resumeReceiving() }
            return fetch.result != nil
        }
        #expect(fetch.result == .CURLE_OK)
        #expect(pauses > 10)
        #expect(fetch.body == BodyPattern.bytes(size))
        #expect(fetch.largestPiece <= 16_384)
    }

    @Test func nothingMoreIsHandedOverWhileAResponseIsPaused() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(8 << 20)) }
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin))
        var calls = 0
        fetch.takesBody = {
            calls += 1
            return calls < 3 ? .taken : .pause
        }
        try driver.start(fetch)
        try driver.run("the pause") { fetch.transfer.isReceivingPaused }
        try driver.run(milliseconds: 50)
        #expect(calls == 3)
        #expect(fetch.result == nil)
        driver.cancel(fetch.transfer)
        try origin.waitForEnd(ofConnection: 0)
    }

    @Test(arguments: [true, false]) func aPausedUploadGoesOnWhenThereIsMore(isFramed: Bool) throws {
        let pieces = (0..<40).map { Array("piece \($0);".utf8) }
        let whole = Array(pieces.joined())
        let origin = try FakeOrigin { .echo($0) }
        let driver = try Driver()
        let body: Fetch.RequestBodyKind = isFramed ? .framed : .streamed(UInt64(whole.count))
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: body)
        var ready = 0
        var sent = 0
        let written = isFramed ? pieces.map(Fetch.chunk) + [Fetch.lastChunk] : pieces
        fetch.fill = { buffer in
            if sent == written.count { return .end }
            guard sent < ready else { return .pause }
            buffer.copyBytes(from: written[sent])
            sent += 1
            return .bytes(written[sent - 1].count)
        }
        try driver.start(fetch)
        try driver.run("the echo") {
            if fetch.transfer.isSendingPaused {
                ready += 1
                fetch.transfer.resumeSending()
            }
            return fetch.result != nil
        }
        #expect(fetch.result == .CURLE_OK)
        #expect(fetch.body == whole)
    }

    /// Both directions of one transfer paused and resumed apart from each other.
    @Test func resumingOneDirectionLeavesTheOtherPaused() throws {
        // Answers while it still reads, as an echo of a stream does.
        let origin = try FakeOrigin { (connection: OriginConnection) in
            var request = try #require(try connection.nextHead())
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12")
            try connection.readBody(of: &request)
            try connection.send("345")
        }
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .framed)
        var mayReceive = false
        var maySend = false
        fetch.takesBody = { mayReceive ? .taken : .pause }
        fetch.fill = { buffer in
            guard maySend else { return .pause }
            maySend = false
            let chunk = Fetch.chunk([65])
            buffer.copyBytes(from: chunk)
            return .bytes(chunk.count)
        }
        try driver.start(fetch)
        try driver.run("both pauses") { fetch.transfer.isReceivingPaused && fetch.transfer.isSendingPaused }
        maySend = true
        fetch.transfer.resumeSending()
        try driver.run("the second pause of the upload") { fetch.transfer.isSendingPaused }
        #expect(fetch.transfer.isReceivingPaused)
        #expect(fetch.body.isEmpty)
        mayReceive = true
        fetch.transfer.resumeReceiving()
        // Where sending had to wait for receiving, it has one more look at the body now.
        try driver.run("what was there") { fetch.text == "12" && fetch.transfer.isSendingPaused }
        fetch.sends([])
        fetch.transfer.resumeSending()
        try driver.run("the rest") { fetch.result != nil }
        #expect(fetch.result == .CURLE_OK)
        #expect(fetch.text == "12345")
    }

    // MARK: Cancelling

    @Test func aCancelledTransferClosesItsConnection() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if request.target == "/whole" {
                    try connection.send(.text("whole"), to: request)
                } else {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
                }
            }
        }
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        let fetch = Fetch(transfer, "GET", "/part")
        try driver.start(fetch)
        try driver.run("a part") { fetch.text == "part" }
        driver.cancel(transfer)
        #expect(!transfer.isActive)
        #expect(!transfer.isReusable)
        #expect(fetch.result == nil, "a cancelled transfer is not reported")
        #expect(try origin.waitForEnd(ofConnection: 0) == .closedByPeer)
        // Nothing is cancelled twice.
        driver.cancel(transfer)
        let next = Fetch(try driver.transfer(to: origin), "GET", "/whole")
        #expect(try driver.finish(next) == .CURLE_OK)
        #expect(next.text == "whole")
    }

    @Test func aTransferMayBeCancelledAtAnyStage() throws {
        let origin = try FakeOrigin { .echo($0) }
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        // Before libcurl has done anything for it.
        try driver.start(Fetch(transfer))
        driver.cancel(transfer)
        // While it waits for a body to send.
        let upload = Fetch(transfer, "POST", body: .framed)
        upload.fill = { _ in .pause }
        try driver.start(upload)
        try driver.run("the pause") { transfer.isSendingPaused }
        driver.cancel(transfer)
        // While the response is paused.
        let paused = Fetch(transfer, "POST", body: .whole("x"))
        paused.takesBody = { .pause }
        try driver.start(paused)
        try driver.run("the pause") { transfer.isReceivingPaused }
        driver.cancel(transfer)
        let last = Fetch(transfer, "POST", body: .whole("last"))
        #expect(try driver.finish(last) == .CURLE_OK)
        #expect(last.text == "last")
    }

    @Test func aCallbackMayEndTheTransfer() throws {
        let origin = try FakeOrigin { .echo($0) }
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        let fetch = Fetch(transfer, "POST", body: .whole("x"))
        fetch.takesBody = { .abort }
        #expect(try driver.finish(fetch) == .CURLE_WRITE_ERROR)
        let upload = Fetch(transfer, "POST", body: .framed)
        upload.fill = { _ in .abort }
        #expect(try driver.finish(upload) == .CURLE_ABORTED_BY_CALLBACK)
    }

    // MARK: Answers that come before the request is complete

    @Test func anEarlyErrorEndsAnUpload() throws {
        let origin = try StubbornOrigin.answeringEarly(413, closing: false)
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .streamed(1 << 40))
        var sent = 0
        fetch.fill = { buffer in
            sent += buffer.count
            return .bytes(buffer.count)
        }
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(fetch.status == 413)
        #expect(fetch.text == "early")
    }

    /// Before 8.8 the transfer does not end by itself: whoever has paused the upload must let it go on.
    @Test func anEarlyErrorEndsAPausedUploadOnceItIsResumed() throws {
        let origin = try StubbornOrigin.answeringEarly(413, closing: false)
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .framed)
        var fills = 0
        fetch.fill = { _ in
            fills += 1
            return .pause
        }
        try driver.start(fetch)
        try driver.run("the response") {
            if fetch.hasHead { fetch.transfer.resumeSending() }
            return fetch.result != nil
        }
        #expect(fetch.result == .CURLE_OK)
        #expect(fetch.status == 413)
        #expect(fetch.text == "early")
    }

    @Test func theEndOfTheConnectionIsSeenWhileTheUploadIsPaused() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            _ = try connection.nextHead()
            connection.socket.finishSending()
            try connection.waitForPeerToClose()
        }
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .framed)
        fetch.fill = { _ in .pause }
        try driver.start(fetch)
        try driver.run("the end") { driver.hub.peerClosed.contains(fetch.transfer.socket) || fetch.result != nil }
        if fetch.result == nil {
            // libcurl waits for ever, so that the one who watches the socket must end the transfer.
            fetch.fill = { _ in .abort }
            fetch.transfer.resumeSending()
            try driver.run("the end of the transfer") { fetch.result != nil }
        }
        #expect(fetch.result != .CURLE_OK)
        #expect(fetch.lines.isEmpty)
    }
}
