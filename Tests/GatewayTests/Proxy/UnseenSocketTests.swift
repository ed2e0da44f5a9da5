// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// A response that is paused before libcurl has said which socket it comes from, while several connections wait that have
/// no port to tell them apart.
@Suite struct UnseenSocketTests {
    /// Two idle connections to a Unix domain socket, and a response that begins on the older of them, which libcurl takes,
    /// in the moment between its choice and its sending.
    private struct Scene {
        let folder: TemporaryFolder
        let origin: FakeOrigin
        let bench: UpstreamBench
        /// Has the backend send the first half of the response, and the second.
        let begins = Gate(), hasBegun = Gate(), mayFinish = Gate(), hasFinished = Gate()
        /// Has it send on the other connection what nobody has asked for.
        let mayDisturb = Gate(), hasDisturbed = Gate()

        init() throws {
            folder = try TemporaryFolder()
            let (begins, hasBegun, mayFinish, hasFinished) = (begins, hasBegun, mayFinish, hasFinished)
            let (mayDisturb, hasDisturbed) = (mayDisturb, hasDisturbed)
            let asked = Monitor(0)
            origin = try FakeOrigin(socketPath: folder.file("unseen.sock")) { (connection: OriginConnection) in
                guard let first = try connection.nextRequest() else { return }
                // Answered at once, it would leave its connection to the other request.
                asked.change { $0 += 1 }
                try asked.wait(for: "two requests", holds: { $0 == 2 })
                try connection.send(.text("hello"), to: first)
                if connection.number == 0 {
                    try begins.wait(until: .never)
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
                    hasBegun.open()
                    guard try connection.nextRequest() != nil else { return }
                    try mayFinish.wait(until: .never)
                    try connection.send("other")
                    hasFinished.open()
                } else {
                    try mayDisturb.wait(until: .never)
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
                    hasDisturbed.open()
                }
                while let next = try connection.nextRequest() { try connection.send(.text("hello"), to: next) }
            }
            bench = try UpstreamBench(origin)
            let both = try [bench.start("/"), bench.start("/")]
            try bench.run("two responses") { both.allSatisfy { $0.result != nil } }
            try #require(origin.connections.count == 2)
        }

        /// The request whose response is paused at once.
        func paused() throws -> UpstreamFetch {
            let fetch = try bench.start("/paused")
            fetch.takesBody = false
            fetch.beforeSending = { [begins, hasBegun] in
                begins.open()
                #expect(throws: Never.self) { try hasBegun.wait() }
            }
            try bench.run("the pause") { fetch.transfer.isReceivingPaused }
            return fetch
        }

        func close() {
            bench.close()
            for gate in [begins, mayFinish, mayDisturb] { gate.open() }
        }
    }

    @Test func itsRestIsNotTakenForSomethingOnAnIdleConnection() throws {
        let scene = try Scene()
        let fetch = try scene.paused()
        scene.mayFinish.open()
        try scene.hasFinished.wait()
        // Long enough for the event that libcurl does not want.
        try scene.bench.run("some turns", milliseconds: 50)
        fetch.takesBody = true
        fetch.transfer.resumeReceiving()
        try scene.bench.run("the response") { fetch.result != nil }
        #expect(fetch.result == .CURLE_OK)
        #expect(fetch.text == "firstother")
        #expect(scene.origin.connections.allSatisfy { $0.end == nil })
        scene.close()
    }

    /// What comes unasked on another connection meanwhile must be noticed when it can be told apart.
    @Test(arguments: [true, false]) func bytesOnTheOtherConnectionReachNobody(ends: Bool) throws {
        let scene = try Scene()
        let fetch = try scene.paused()
        scene.mayDisturb.open()
        try scene.hasDisturbed.wait()
        try scene.bench.run("some turns", milliseconds: 50)
        fetch.takesBody = true
        fetch.transfer.resumeReceiving()
        if ends { scene.mayFinish.open() }
        try scene.bench.run("the end of the poisoned connection") { scene.origin.connections[1].end != nil }
        scene.mayFinish.open()
        try scene.bench.run("the response") { fetch.result != nil }
        #expect(fetch.text == "firstother")
        let next = try scene.bench.start("/next")
        try scene.bench.run("the next response") { next.result != nil }
        #expect(next.text == "hello")
        scene.close()
    }

    /// A Unix domain socket connects at once, and if the response is there at once too, libcurl never waits for the socket,
    /// and so never names it.
    @Test func aConnectionThatWasNeverWaitedForIsWatchedWhenItIsIdle() throws {
        let (begins, hasBegun, mayDisturb) = (Gate(), Gate(), Gate())
        let folder = try TemporaryFolder()
        let origin = try FakeOrigin(socketPath: folder.file("quick.sock")) { (connection: OriginConnection) in
            try begins.wait()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            hasBegun.open()
            guard try connection.nextRequest() != nil else { return }
            try mayDisturb.wait()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
            _ = try connection.nextRequest()
        }
        let bench = try UpstreamBench(origin)
        let first = try bench.start("/")
        first.beforeSending = {
            begins.open()
            #expect(throws: Never.self) { try hasBegun.wait() }
        }
        try bench.run("the response") { first.result != nil }
        #expect(first.text == "hello")
        mayDisturb.open()
        try bench.run("the end of the poisoned connection") { origin.connections.first?.end != nil }
        bench.close()
    }
}
