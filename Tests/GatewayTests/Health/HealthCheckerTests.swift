// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Gateway
import Glibc
import Reactor
import Testing

@Suite struct HealthCheckerTests {
    /// Rounds so far apart that a test sees the first alone.
    private let once = HealthCheckConfiguration(path: "/ping", interval: .seconds(600), timeout: .seconds(10))
    /// Rounds as fast as a test may like.
    private let often = HealthCheckConfiguration(path: "/ping", interval: .milliseconds(30), timeout: .seconds(10))

    @Test func theFirstRoundSaysWhoIsHealthyAndWhyNot() throws {
        let healthy = try FakeOrigin()
        let failing = try FakeOrigin { _ in OriginResponse.text("no", status: 500) }
        let refusing = try ReservedPort()
        let urls = [BackendURL.at(healthy.endpoint), .at(failing.endpoint), .at(refusing.endpoint)]
        let pinged = try PingedPool(urls, once)
        let reports = try pinged.waitForReports(3).sorted()
        #expect(
            reports == ["HEALTHY 0 - status: 200", "UNHEALTHY 1 - status: 500", "UNHEALTHY 2 - Connection refused"]
        )
        #expect(pinged.pool.candidateIndices() == [0])
        try pinged.stop()
    }

    @Test func allBackendsArePingedAtOnce() throws {
        // Nobody answers before everybody was asked; pings one after the other would never end.
        let arrived = Monitor(0)
        let origins = try (0..<5).map { _ in
            try FakeOrigin { _ in
                arrived.change { $0 += 1 }
                try arrived.wait(for: "five pings", holds: { $0 == 5 })
                return OriginResponse.text("pong")
            }
        }
        let pinged = try PingedPool(origins, once)
        #expect(try pinged.waitForReports(5).allSatisfy { $0.hasPrefix("HEALTHY") })
        try pinged.stop()
    }

    @Test func aSilentBackendTimesOutByItself() throws {
        let silent = try StubbornOrigin.neverAnswering()
        let healthy = try FakeOrigin()
        var check = once
        check.timeout = .milliseconds(250)
        let pinged = try PingedPool([silent, healthy], check)
        #expect(try pinged.waitForReports(2) == ["HEALTHY 1 - status: 200", "UNHEALTHY 0 - timed out after 250ms"])
        try pinged.stop()
    }

    @Test func aBackendThatComesBackIsNoticed() throws {
        let origin = try FakeOrigin()
        let pinged = try PingedPool([origin], often)
        #expect(try pinged.waitForReports(1) == ["HEALTHY 0 - status: 200"])
        origin.stop()
        // Refused, or cut off if the origin stopped while a ping was with it.
        #expect(try pinged.waitForReports(2)[1].hasPrefix("UNHEALTHY 0 - "))
        #expect(pinged.pool.candidateIndices() == [])
        try origin.start()
        #expect(try pinged.waitForReports(3).last == "HEALTHY 0 - status: 200")
        #expect(pinged.pool.candidateIndices() == [0])
        try pinged.stop()
    }

    @Test func pingsAreNotReportedWhenNothingChanges() throws {
        let origin = try FakeOrigin()
        let pinged = try PingedPool([origin], often)
        try origin.waitForRequest(5)
        #expect(pinged.reported == ["HEALTHY 0 - status: 200"])
        try pinged.stop()
    }

    @Test func eachPingTakesANewConnectionAndSaysSo() throws {
        let origin = try FakeOrigin()
        let pinged = try PingedPool([origin], often)
        try origin.waitForRequest(3)
        let pings = origin.requests.prefix(3)
        #expect(pings.map(\.connection) == [0, 1, 2])
        for ping in pings {
            #expect(ping.method == "GET")
            #expect(ping.target == "/ping")
            #expect(ping.fields[all: "connection"] == ["close"])
            #expect(ping.fields[all: "user-agent"] == ["curlew-health-check"])
            #expect(ping.fields[all: "host"] == ["127.0.0.1:\(origin.endpoint.port)"])
        }
        #expect(origin.faults.isEmpty)
        // The connection ends with the ping although the origin would keep it.
        try origin.waitForEnd(ofConnection: 0)
        try pinged.stop()
    }

    @Test func aPingThatIsStillOnItsWayIsLeftAlone() throws {
        let gate = Gate()
        let slow = try FakeOrigin { _ in OriginResponse.text("pong", gate: gate) }
        let healthy = try FakeOrigin()
        let pinged = try PingedPool([slow, healthy], often)
        try healthy.waitForRequest(6)
        #expect(slow.requests.count == 1)
        gate.open()
        try slow.waitForRequest(2)
        try pinged.stop()
    }

    @Test func thePingThatLeftBeforeAFailedRequestCannotBringTheBackendBack() throws {
        let gate = Gate()
        let origin = try FakeOrigin { request in
            try gate.wait()
            gate.close()
            return OriginResponse.text("pong")
        }
        let pinged = try PingedPool([origin], often)
        let backend = pinged.pool.backends[0]
        try origin.waitForRequest(1)
        #expect(pinged.health.failedWhileProxying(backend, at: .max / 2) == .becameUnhealthy)
        gate.open()
        // The second ping leaves only when the first is over and has been judged.
        try origin.waitForRequest(2)
        #expect(!pinged.pool.isAvailable(0))
        #expect(pinged.reported.isEmpty)
        try pinged.stop()
    }

    @Test func aUnixSocketIsPinged() throws {
        let folder = try TemporaryFolder()
        let origin = try FakeOrigin(socketPath: folder.file("origin"), answer: { _ in OriginResponse.text("pong") })
        let absent = BackendURL.at(.unix(path: folder.file("absent")))
        let pinged = try PingedPool([.at(origin.endpoint), absent], once)
        #expect(
            try pinged.waitForReports(2).sorted() == [
                "HEALTHY 0 - status: 200", "UNHEALTHY 1 - No such file or directory",
            ]
        )
        #expect(origin.requests.first?.fields[all: "host"] == ["localhost"])
        try pinged.stop()
    }

    /// libcurl knows two addresses of `localhost` and tries ::1 first, where these origins do not listen. The second
    /// attempt often gets the number that the first one's socket had.
    @Test func aNameIsTriedAtEachOfItsAddresses() throws {
        let origin = try FakeOrigin()
        let refusing = try ReservedPort()
        let urls = [origin.endpoint, refusing.endpoint].map { BackendURL.at("localhost", $0.port) }
        let pinged = try PingedPool(urls, often)
        try origin.waitForRequest(4)
        let reports = try pinged.waitForReports(2)
        #expect(reports.sorted() == ["HEALTHY 0 - status: 200", "UNHEALTHY 1 - Connection refused"])
        try pinged.stop()
        #expect(pinged.reported.count == 2)
    }

    @Test func stoppingEndsPingsThatAreOnTheirWay() throws {
        let silent = try StubbornOrigin.neverAnswering()
        let pinged = try PingedPool([silent], once)
        try silent.waitForRequest(1)
        try pinged.stop()
        try silent.waitForEnd(ofConnection: 0)
        #expect(pinged.reported.isEmpty)
    }

    /// Before 8.2 libcurl closes a socket whose connect failed without a word. On loopback a connect fails before there
    /// is anything to watch, so here the callbacks are played.
    @Test func aSocketThatIsGivenTheNumberOfAClosedOneIsWatched() throws {
        let loop = try EventLoop()
        let checker = HealthChecker(PoolHealth(pool: makePool(of: 1)), on: loop) { _, _, _ in }
        let multi = try MultiHandle(delegate: checker, maxConnections: 1)
        let first = try Wakeup()
        let second = try Wakeup()
        let number = dup(first.descriptor)
        checker.multiHandle(multi, wants: .readable, of: number, for: nil)
        close(number)
        #expect(dup2(second.descriptor, number) == number)
        checker.multiHandle(multi, opened: number)
        // epoll_ctl(2), EEXIST: "the supplied file descriptor fd is already registered with this epoll instance".
        #expect(throws: SystemError("epoll_ctl", code: EEXIST)) {
            try loop.register(number, .readable, handler: checker)
        }
        checker.multiHandle(multi, willClose: number)
        close(number)
    }
}
