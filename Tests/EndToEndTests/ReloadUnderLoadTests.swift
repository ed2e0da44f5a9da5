// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Many changes of the configuration, one after another, while everybody is busy.
@Suite(.threads(.changing)) struct ReloadUnderLoadTests {
    private static let strategies = [
        "round_robin", "least_connections", "power_of_two", "least_time", "ip_hash", "consistent_hash", "random",
    ]

    /// How long the load lasts: 3 s, or as many as `CURLEW_RELOAD_SECONDS` says.
    private var seconds: Int { getenv("CURLEW_RELOAD_SECONDS").flatMap { Int(String(cString: $0)) } ?? 3 }

    /// At first there is also a pool for a tunnel, which outlives it. Each strategy's pool has two of the three origins, others from one number to the next; some weights change too.
    private func configure(
        _ settings: inout GatewaySettings,
        _ origins: [FakeOrigin],
        _ number: Int,
        tunnel: FakeOrigin
    ) {
        settings.strategies = Dictionary(uniqueKeysWithValues: Self.strategies.map { ($0, $0) })
        settings.pools = Self.strategies.enumerated().map { index, name in
            let turn = (number + index) / 2
            let members = (0..<2).map { "{ url: \"\(origins[(turn + $0) % 3].url)\", weight: \(1 + number % 3) }" }
            return (name, members)
        }
        settings.routes = Self.strategies.map { "  - { path: /\($0), pool: \($0) }" }.joined(separator: "\n")
        if number == 0 {
            settings.pools?.append(("tunnel", [tunnel.url]))
            settings.routes? += "\n  - { path: /tunnel, pool: tunnel }"
        }
        settings.timeouts = ["first_byte: 30m", number % 5 == 0 ? "idle: 50s" : "idle: 60s"]
    }

    @Test func noRequestFailsAndNothingGrows() throws {
        // A download that takes as long as the load does.
        let gate = Gate()
        let origins = try (0..<3).map { _ in
            try FakeOrigin { request in
                guard request.target.hasSuffix("/held") else { return .text("hello") }
                try? gate.wait(until: .never)
                return .text("held")
            }
        }
        let tunnels = try UpgradingOrigin.echoing()
        let settings: (inout GatewaySettings) -> Void = {
            configure(&$0, origins, 0, tunnel: tunnels)
            $0.workers = 2
            $0.log = ["access: off"]
        }
        try withGateway(origins, settings) { gateway in
            defer { gate.open() }
            let held = try Self.strategies.map { strategy in
                let client = try gateway.connect()
                try client.send(request("GET", "/\(strategy)/held"))
                return client
            }
            let tunnel = try gateway.connect()
            #expect(try tunnel.upgrade("/tunnel").status == 101)
            let targets = Self.strategies.map { "/\($0)/x" }
            let load = SteadyLoad(port: gateway.port, targets: targets, keeping: 3, renewing: 2)
            try load.wait(for: 50)
            var resident: [Int] = []
            let count = seconds * 10
            for number in 1...count {
                let began = Deadline.after(seconds: 0.1)
                try gateway.reload { configure(&$0, origins, number, tunnel: tunnels) }
                if number > count / 3 { resident.append(try gateway.usage.resident) }
                while !began.hasPassed { usleep(1000) }
            }
            let answers = load.answers
            #expect(try load.stop() == [])
            #expect(answers > 100)
            gate.open()
            try tunnel.send("still there")
            #expect(try tunnel.readPart(11).text == "still there")
            for client in held { #expect(try client.response().text == "held") }
            #expect(gateway.log.lines.allSatisfy { !$0.hasPrefix("ERROR: ") })
            let first = try #require(resident.first)
            let last = try #require(resident.last)
            #expect(try gateway.usage.isSanitized || last - first < 6 << 20, "\(resident.map { $0 >> 10 })")
        }
        tunnels.stop()
    }

    /// Without the strategies that hash, whose tables take time to work out.
    @Test func aThousandReloadsLeaveNothingBehind() throws {
        let origins = try namedOrigins("a", "b", "c")
        let names = Array(Self.strategies[..<4])
        let settings: (inout GatewaySettings, Int) -> Void = { settings, number in
            settings.strategies = Dictionary(uniqueKeysWithValues: names.map { ($0, $0) })
            settings.pools = names.map { ($0, (0..<2).map { origins[(number + $0) % 3].url }) }
            settings.backends = origins[..<2].map(\.url)
            settings.routes = names.map { "  - { path: /\($0), pool: \($0) }" }.joined(separator: "\n")
        }
        try withGateway(origins, { settings(&$0, 0) }) { gateway in
            let client = try gateway.connect()
            var before: ProcessUsage?
            for number in 1...1000 {
                try gateway.reload { settings(&$0, number) }
                #expect(try client.get("/\(names[number % 4])/x").status == 200)
                if number == 300 { before = try gateway.usage }
            }
            let after = try gateway.usage
            let growth = after.resident - (before?.resident ?? 0)
            #expect(after.isSanitized || growth < 4 << 20, "\(growth) bytes in 700 reloads")
            #expect(after.descriptors < (before?.descriptors ?? 0) + 40)
        }
    }
}
