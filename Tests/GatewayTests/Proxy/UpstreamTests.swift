// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Testing

@testable import Gateway
@testable import Reactor

/// A worker's way to one backend, driven step by step.
@Suite struct UpstreamTests {
    /// While a response is paused its socket is not listened to. What then arrives behind the response must be noticed
    /// when the response is over: libcurl before 8.0 would take it for the answer to the next request.
    @Test func bytesBehindAPausedResponseReachNobody() throws {
        let mayPoison = Gate()
        let poisoned = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                try connection.send(.text("clean"), to: request)
                guard request.target == "/first" else { continue }
                try mayPoison.wait()
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
                poisoned.open()
            }
        }
        let bench = try UpstreamBench(origin)
        let first = try bench.start("/first")
        first.takesBody = false
        try bench.run("the pause") { first.transfer.isReceivingPaused }
        mayPoison.open()
        try poisoned.wait()
        // Long enough for the event that nobody wants.
        try bench.run("some turns", milliseconds: 50)
        first.takesBody = true
        first.transfer.resumeReceiving()
        try bench.run("the response") { first.result != nil }
        #expect(first.text == "clean")
        try bench.run("some turns", milliseconds: 50)
        let second = try bench.start("/second")
        try bench.run("the next response") { second.result != nil }
        #expect(second.text == "clean")
        #expect(second.result == .CURLE_OK)
        bench.close()
    }

    /// On a reused connection a response may come so soon that it is paused before libcurl has wanted anything of the
    /// socket. What comes next must not be taken for something that arrives on an idle connection.
    @Test func aResponseThatIsPausedAtOnceIsNotTakenForSomethingOnAnIdleConnection() throws {
        let size = 300_000
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(size)) }
        let bench = try UpstreamBench(origin)
        for _ in 0..<100 {
            let fetch = try bench.start("/")
            fetch.takesBody = false
            try bench.run("the pause") { fetch.transfer.isReceivingPaused }
            #expect(fetch.transfer.socket >= 0)
            try bench.run("some turns", milliseconds: 3)
            fetch.takesBody = true
            fetch.transfer.resumeReceiving()
            try bench.run("the response") { fetch.result != nil }
            #expect(fetch.result == .CURLE_OK)
            #expect(fetch.count == size)
        }
        #expect(origin.connections.count == 1)
        bench.close()
    }

    @Test func bytesOnAnIdleConnectionReachNobody() throws {
        let gate = Gate()
        let origin = try StubbornOrigin.poisoning(
            with: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
            gate: gate
        )
        let bench = try UpstreamBench(origin)
        let first = try bench.start("/")
        try bench.run("the response") { first.result != nil }
        gate.open()
        try bench.run("the end of the poisoned connection") { origin.connections.first?.end != nil }
        let second = try bench.start("/")
        try bench.run("the next response") { second.result != nil }
        #expect(second.text == "clean")
        #expect(second.transfer.attempts == 1)
        bench.close()
    }

    /// The backend answers before it has all of the request and closes, while client and upload are slow. That it has
    /// closed must not be told before what it has sent was handed over, or the rest of the answer would be lost.
    @Test func thePeersEndIsToldWhenNothingIsLeftToReceive() throws {
        let mayAnswer = Gate()
        let answered = Gate()
        let size = 300_000
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextHead() else { return }
            try mayAnswer.wait()
            try connection.send(OriginResponse(body: .pattern(size)), to: request)
            connection.socket.finishSending()
            answered.open()
            try connection.waitForPeerToClose()
        }
        let bench = try UpstreamBench(origin)
        let fetch = try bench.start("/", uploading: true)
        try bench.run("the paused upload") { fetch.transfer.isSendingPaused }
        fetch.takesBody = false
        mayAnswer.open()
        // All of it is there, and the end too, before the loop sees anything of it.
        try answered.wait()
        try bench.run("the paused response") { fetch.transfer.isReceivingPaused }
        #expect(!fetch.isPeerClosed)
        try bench.run("some turns", milliseconds: 20)
        #expect(!fetch.isPeerClosed)
        fetch.takesBody = true
        fetch.transfer.resumeReceiving()
        try bench.run("the end") { fetch.isPeerClosed || fetch.result != nil }
        #expect(fetch.count == size)
        bench.upstream.cancel(fetch.transfer)
        bench.upstream.give(fetch.transfer)
        bench.close()
    }

    @Test func handlesAndConnectionsAreUsedAgain() throws {
        let origin = try FakeOrigin()
        let bench = try UpstreamBench(origin)
        var handles: Set<ObjectIdentifier> = []
        for _ in 0..<5 {
            let fetch = try bench.start("/")
            handles.insert(ObjectIdentifier(fetch.transfer))
            try bench.run("the response") { fetch.result != nil }
            #expect(fetch.text == "hello")
        }
        #expect(handles.count == 1)
        #expect(origin.connections.count == 1)
        bench.close()
        try origin.waitForEnd(ofConnection: 0)
    }

    @Test func aHandleThatFailedIsNotUsedAgain() throws {
        let origin = try StubbornOrigin.closing()
        let bench = try UpstreamBench(origin)
        let first = try bench.start("/")
        try bench.run("the failure") { first.result != nil }
        #expect(first.result == .CURLE_GOT_NOTHING)
        let second = try bench.start("/")
        #expect(second.transfer !== first.transfer)
        try bench.run("the failure") { second.result != nil }
        bench.close()
    }
}
