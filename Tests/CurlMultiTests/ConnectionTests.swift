// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc
import Testing

/// Connections: made, kept, refused, found dead.
@Suite struct ConnectionTests {
    @Test func aConnectionIsUsedAgainAlsoByAnotherHandle() throws {
        let origin = try FakeOrigin()
        let driver = try Driver()
        for round in 0..<4 {
            let fetch = Fetch(try driver.transfer(to: origin))
            #expect(try driver.finish(fetch) == .CURLE_OK)
            #expect(fetch.transfer.timings.isReused == (round > 0))
        }
        #expect(origin.connections.count == 1)
        #expect(driver.hub.opened.count == 1)
    }

    @Test func requestsAtOnceHaveAConnectionEach() throws {
        let everybody = Monitor(0)
        let origin = try FakeOrigin { _ in
            everybody.change { $0 += 1 }
            try everybody.wait(for: "20 requests", holds: { $0 == 20 })
            return OriginResponse.text("together")
        }
        let driver = try Driver()
        let fetches = try (0..<20).map { _ in Fetch(try driver.transfer(to: origin)) }
        for fetch in fetches { try driver.start(fetch) }
        try driver.run("20 responses") { fetches.allSatisfy { $0.result != nil } }
        #expect(fetches.allSatisfy { $0.result == .CURLE_OK && $0.text == "together" })
        #expect(origin.connections.count == 20)
    }

    @Test func aNewConnectionMayHaveTheNumberOfOneThatWasIdle() throws {
        let origin = try FakeOrigin()
        let driver = try Driver()
        for number in 0..<1000 { _ = CurlLibrary.expectSilence(on: Int32(number)) }
        defer { CurlLibrary.keepFreedMemory(upTo: 0) }
        let fetch = Fetch(try driver.transfer(to: origin))
        #expect(try driver.finish(fetch) == .CURLE_OK)
    }

    @Test func aRequestMayBeSentOverANewConnectionWhichIsKept() throws {
        let origin = try FakeOrigin()
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        try driver.finish(Fetch(transfer))
        let fresh = Fetch(transfer)
        try driver.start(fresh)
        transfer.useNewConnection()
        try driver.run("the second response") { fresh.result != nil }
        // It held for that one request only.
        try driver.finish(Fetch(transfer))
        #expect(origin.requests.map(\.connection).prefix(2) == [0, 1])
        #expect(origin.connections.count == 2)
    }

    /// libcurl takes a head that the end of the connection cuts off for a success. What was switched on for the lines that were
    /// to follow must not meet the next response: it would begin with its status line twice.
    @Test func aHandleWhoseResponseWasCutOffBehindItsStatusLineLeavesNothingToTheNext() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if request.target == "/odd" { return try connection.send("HTTP/1.1 200 OK\r\n") }
                try connection.send(.text("hello"), to: request)
            }
        }
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        try driver.finish(Fetch(transfer, "GET", "/odd"))
        let next = Fetch(transfer.isReusable ? transfer : try driver.transfer(to: origin))
        try driver.finish(next)
        #expect(next.text == "hello")
    }

    @Test func aConnectionMayBeForbiddenToBeUsedAgain() throws {
        let origin = try FakeOrigin()
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        let odd = Fetch(transfer)
        odd.takesBody = {
            transfer.forbidReuse()
            return .taken
        }
        try driver.finish(odd)
        try origin.waitForEnd(ofConnection: 0)
        // It held for that one request only.
        try driver.finish(Fetch(transfer))
        try driver.finish(Fetch(transfer))
        #expect(origin.requests.map(\.connection) == [0, 1, 1])
    }

    @Test func aUnixSocketWorksLikeAPort() throws {
        let folder = try TemporaryFolder()
        let origin = try FakeOrigin(socketPath: folder.file("s")) { .echo($0) }
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        for text in ["one", "two"] {
            let fetch = Fetch(transfer, "POST", "/x//y", body: .whole(text))
            #expect(try driver.finish(fetch) == .CURLE_OK)
            #expect(fetch.text == text)
        }
        #expect(origin.requests.map(\.target) == ["/x//y", "/x//y"])
        #expect(origin.connections.count == 1)
    }

    @Test func aRefusedConnectionSendsNothingAndSaysWhy() throws {
        let port = try ReservedPort()
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer("\(port.url)/"))
        #expect(try driver.finish(fetch) == .CURLE_COULDNT_CONNECT)
        #expect(fetch.attempts.isEmpty)
        #expect(fetch.transfer.systemError == ECONNREFUSED)
    }

    /// `localhost` is tried on ::1 first, where nobody listens; before 8.2 libcurl then closes and reuses the number of
    /// that socket without a word.
    @Test func aNameWithTwoAddressesReachesTheSecond() throws {
        let origin = try FakeOrigin()
        let driver = try Driver()
        let transfer = try driver.transfer("http://localhost:\(origin.endpoint.port)/")
        for _ in 0..<3 {
            let fetch = Fetch(transfer)
            #expect(try driver.finish(fetch) == .CURLE_OK)
            #expect(fetch.text == "hello")
        }
        #expect(origin.connections.count == 1)
    }

    @Test func aConnectThatNeverEndsTimesOutWithNothingSent() throws {
        let origin = try FakeOrigin()
        let stalled = try origin.stall()
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin, connectTimeout: 150))
        #expect(try driver.finish(fetch) == .CURLE_OPERATION_TIMEDOUT)
        #expect(fetch.attempts.isEmpty)
        withExtendedLifetime(stalled) {}
    }

    @Test func theTotalTimeLimitEndsATransfer() throws {
        let origin = try StubbornOrigin.neverAnswering()
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin, totalTimeout: 150))
        #expect(try driver.finish(fetch) == .CURLE_OPERATION_TIMEDOUT)
        #expect(fetch.attempts == [1])
    }

    @Test func timingsFollowTheOrderOfThePhases() throws {
        let origin = try FakeOrigin()
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        for round in 0..<2 {
            try driver.finish(Fetch(transfer))
            let timings = transfer.timings
            #expect(0 <= timings.nameLookup)
            #expect(timings.nameLookup <= timings.connect)
            // A reused connection took no time to make.
            if round > 0 { #expect(timings.connect == 0) }
            #expect(timings.appConnect == 0)
            #expect(timings.connect <= timings.total)
            #expect(0 < timings.total && timings.total < 20_000_000)
        }
    }

    // MARK: A reused connection that turns out dead

    @Test func aRequestIsNotSentAgainWhenItsDelegateRefuses() throws {
        let origin = try StubbornOrigin.closing(afterAnswering: 1)
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        try driver.finish(Fetch(transfer))
        let post = Fetch(transfer, "POST", "/once", body: .whole("pay"))
        post.allowsAttempt = { $0 == 1 }
        #expect(try driver.finish(post) == .CURLE_ABORTED_BY_CALLBACK)
        #expect(post.attempts == [1, 2])
        try origin.waitForEnd(ofConnection: 0)
        // A third request goes through: had the POST been sent again, it would stand before it.
        try driver.finish(Fetch(transfer, "GET", "/after"))
        #expect(origin.requests.map(\.target) == ["/", "/once", "/after"])
    }

    @Test func aRequestIsSentAgainWhenItsDelegateAllows() throws {
        let origin = try StubbornOrigin.closing(afterAnswering: 1)
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        try driver.finish(Fetch(transfer))
        let get = Fetch(transfer, "GET", "/twice")
        #expect(try driver.finish(get) == .CURLE_OK)
        #expect(get.attempts == [1, 2])
        #expect(get.text == "hello")
        #expect(origin.requests.map(\.target) == ["/", "/twice", "/twice"])
    }

    /// What was streamed is gone: whatever libcurl says of it, it must not send half of the body as if it were the whole.
    /// Since 8.7 such a handle goes on asking for what is gone, and no request on it works any more.
    @Test func aStreamedBodyIsNotSentAgainAndItsHandleIsNotUsedAgain() throws {
        let origin = try StubbornOrigin.closing(afterAnswering: 1)
        let driver = try Driver()
        let transfer = try driver.transfer(to: origin)
        try driver.finish(Fetch(transfer))
        #expect(transfer.isReusable)
        let put = Fetch(transfer, "PUT", "/once", body: .streamed(5))
        put.sends(Array("hello".utf8))
        put.allowsAttempt = { $0 == 1 }
        #expect(try driver.finish(put) != .CURLE_OK)
        #expect(!transfer.isReusable)
        #expect(try driver.finish(Fetch(try driver.transfer(to: origin), "GET", "/after")) == .CURLE_OK)
        #expect(origin.requests.map(\.target) == ["/", "/once", "/after"])
    }

    /// On a new connection there is no second attempt, so a delegate need not refuse one.
    @Test func aNewConnectionThatDiesIsAnErrorAtOnce() throws {
        let origin = try StubbornOrigin.closing()
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .whole("x"))
        #expect(try driver.finish(fetch) == .CURLE_GOT_NOTHING)
        #expect(fetch.attempts == [1])
    }

    /// libcurl's habit: the head may end where the connection ends, and all is well. Whoever forwards responses must ask
    /// for the blank line.
    @Test func aHeadThatIsCutOffIsReportedAsSuccess() throws {
        let origin = try StubbornOrigin.sending("HTTP/1.1 200 OK\r\nX-Half: 1\r\n")
        let driver = try Driver()
        let fetch = Fetch(try driver.transfer(to: origin))
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(fetch.lines == ["HTTP/1.1 200 OK", "X-Half: 1"])
        #expect(!fetch.hasHead)
    }

    @Test func aBodyThatIsCutOffIsAnError() throws {
        let driver = try Driver()
        for answer in ["Content-Length: 5\r\n\r\nhel", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
            let origin = try StubbornOrigin.sending("HTTP/1.1 200 OK\r\n\(answer)")
            let fetch = Fetch(try driver.transfer(to: origin))
            #expect(try driver.finish(fetch) == .CURLE_PARTIAL_FILE)
            #expect(fetch.hasHead)
        }
    }
}
