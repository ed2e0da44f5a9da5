// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What a service manager such as systemd is told (sd_notify).
@Suite(.threads(.few)) struct ServiceManagerTests {
    private func withManager(
        _ name: String,
        _ body: (GatewayProcess, NotifiedManager) throws -> Void
    ) throws -> NotifiedManager {
        let manager = try NotifiedManager(name)
        try withGateway([try FakeOrigin()]) { settings in
            settings.environment["NOTIFY_SOCKET"] = name
        } _: { gateway in
            try body(gateway, manager)
        }
        return manager
    }

    @Test(arguments: [true, false])
    func itIsToldWhenClientsAreServedAndWhenNoMoreAre(isAbstract: Bool) throws {
        let folder = try TemporaryFolder()
        let name = isAbstract ? "@curlew-test-\(getpid())" : "\(folder.path)/notify"
        let manager = try withManager(name) { gateway, manager in
            let message = try manager.next()
            #expect(message == ["READY=1", "STATUS=serving on port \(gateway.port)"])
            #expect(try gateway.get().status == 200)
        }
        #expect(try manager.next().first == "STOPPING=1")
    }

    @Test func aReloadIsToldAsItBeginsAndAsItEnds() throws {
        let folder = try TemporaryFolder()
        _ = try withManager("\(folder.path)/notify") { gateway, manager in
            _ = try manager.next()
            // Something else, nothing else, and something that is refused.
            for timeout in ["1s", "1s", "never"] {
                try gateway.rewrite { $0.drainTimeout = timeout }
                gateway.process.send(SIGHUP)
                let begin = try manager.next()
                #expect(begin.first == "RELOADING=1")
                let time = try #require(begin.last).split(separator: "=")
                #expect(time.first == "MONOTONIC_USEC")
                #expect(time.last.flatMap { UInt64($0) } ?? 0 > 0)
                let end = try manager.next()
                #expect(end == ["READY=1"])
            }
        }
    }

    @Test(arguments: ["/nowhere/notify", "relative", "@", "vsock:1:2"])
    func aManagerThatIsNotThereIsNoTrouble(name: String) throws {
        try withGateway([try FakeOrigin()]) { settings in
            settings.environment["NOTIFY_SOCKET"] = name
        } _: { gateway in
            let response = try gateway.get()
            #expect(response.status == 200)
        }
    }
}
