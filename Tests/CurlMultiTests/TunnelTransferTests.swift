// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Testing

/// A transfer whose backend may switch protocols, and what is left of it afterwards.
@Suite struct TunnelTransferTests {
    private let fields = ["Connection: Upgrade", "Upgrade: echo"]

    private func tunnel(_ driver: Driver, _ transfer: Transfer) -> Fetch {
        Fetch(transfer, "GET", headers: fields, body: .tunnel)
    }

    @Test(arguments: [HeadStyle.wholeText, .list])
    func nothingIsAnnouncedAndBytesGoBothWaysAfterA101(style: HeadStyle) throws {
        let origin = try UpgradingOrigin.echoing(glued: "glued ")
        let driver = try Driver(style)
        let fetch = tunnel(driver, try driver.transfer(to: origin))
        var piece: [UInt8]? = nil
        var isDone = false
        fetch.fill = { buffer in
            if isDone { return .end }
            guard let bytes = piece else { return .pause }
            piece = nil
            buffer.copyBytes(from: bytes)
            return .bytes(bytes.count)
        }
        try driver.start(fetch)
        try driver.run("what is glued to the 101") { fetch.text == "glued " }
        #expect(fetch.status == 101)
        piece = Array("there and back".utf8)
        fetch.transfer.resumeSending()
        try driver.run("the echo") { fetch.text == "glued there and back" }
        #expect(fetch.transfer.bytesSent == 14)
        let names = origin.requests[0].fields.list.map(\.name)
        #expect(names.filter { $0 != "X-Curlew" } == ["Host", "Connection", "Upgrade"])
        isDone = true
        fetch.transfer.resumeSending()
        try driver.run(milliseconds: 50)
        // That no more is to be sent is no end of the transfer: the backend may go on.
        #expect(fetch.result == nil)
        driver.cancel(fetch.transfer)
        try origin.waitForEnd(ofConnection: 0)
    }

    @Test func handleIsNotUsedAgainWhateverBecameOfIt() throws {
        let origin = try FakeOrigin("no")
        let driver = try Driver()
        let fetch = tunnel(driver, try driver.transfer(to: origin))
        fetch.fill = { _ in .end }
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(fetch.status == 200)
        #expect(fetch.text == "no")
        #expect(!fetch.transfer.isReusable)
    }

    @Test func connectionIsItsOwn() throws {
        let origin = try FakeOrigin("plain")
        let driver = try Driver()
        let plain = try driver.transfer(to: origin)
        try driver.finish(Fetch(plain))
        let fetch = tunnel(driver, try driver.transfer(to: origin))
        fetch.fill = { _ in .end }
        try driver.finish(fetch)
        try driver.finish(Fetch(plain))
        #expect(origin.requests.map(\.connection) == [0, 1, 0])
        try origin.waitForEnd(ofConnection: 1)
    }

    /// libcurl 8.10 to 8.19 would go on receiving, and keep it all, for as long as something is sent.
    @Test func nothingIsReceivedWhileThatIsPausedHoweverMuchIsSent() throws {
        let total = 64 << 20
        let progress = Monitor(0)
        let origin = try UpgradingOrigin.serving { connection in
            for sent in stride(from: 0, to: total, by: 65536) {
                try connection.socket.send(BodyPattern.bytes(65536, from: sent), until: .never)
                progress.change { $0 = sent + 65536 }
            }
        }
        let driver = try Driver()
        let fetch = tunnel(driver, try driver.transfer(to: origin))
        fetch.takesBody = { .pause }
        let bytes = [UInt8](repeating: 1, count: 1000)
        fetch.fill = { buffer in
            guard fetch.status == 101 else { return .pause }
            buffer.copyBytes(from: bytes)
            return .bytes(bytes.count)
        }
        try driver.start(fetch)
        try driver.run("the pause") { fetch.transfer.isReceivingPaused }
        for _ in 0..<100 {
            fetch.transfer.resumeSending()
            try driver.run(milliseconds: 5)
        }
        #expect(fetch.body.isEmpty)
        #expect(progress.read { $0 } < 32 << 20)
        driver.cancel(fetch.transfer)
        // It holds the fetch that holds it.
        fetch.fill = { _ in .abort }
        origin.stop()
    }
}
