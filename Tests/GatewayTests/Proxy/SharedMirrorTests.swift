// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Which requests are copied, and how many at once.
@Suite struct SharedMirrorTests {
    private func mirror(percent: Int) throws -> SharedMirror? {
        var route = RouteConfiguration(pool: "web")
        route.overrides.mirror = MirrorConfiguration(pool: "shadow")
        route.overrides.mirror?.percent = Percentage(percent)
        return SharedMirror(try Route(route, pools: ["web": 0, "shadow": 1]))
    }

    private func drawn(_ percent: Int, of ids: [RequestID]) throws -> [RequestID] {
        let mirror = try #require(try mirror(percent: percent))
        return ids.filter { mirror.isDrawn($0) }
    }

    private let ids: [RequestID] = {
        var generator = RequestIDGenerator(seed: (1, 2, 3, 4))
        return (0..<100_000).map { _ in generator.next() }
    }()

    @Test(arguments: [1, 30, 50, 99, 100]) func theShareIsAsConfigured(percent: Int) throws {
        let count = try drawn(percent, of: ids).count
        if percent == 100 {
            #expect(count == ids.count)
        } else {
            // Seven standard deviations of the most uneven case.
            #expect(abs(count - percent * 1000) < 1107)
        }
    }

    /// A split goes by the other half of the id: were it the same, all copies would be of one pool's requests.
    @Test func theDrawHasNothingToDoWithThatOfASplit() throws {
        let toTheFirst = try drawn(10, of: ids).filter { $0.high % 100 < 50 }.count
        #expect(abs(toTheFirst - 5000) < 500)
    }

    @Test func aRouteThatCopiesNothingHasNoMirror() throws {
        #expect(try mirror(percent: 1)?.pool == 1)
        #expect(try mirror(percent: 0)?.pool == nil)
        var route = RouteConfiguration(pool: "web")
        #expect(SharedMirror(try Route(route, pools: ["web": 0]))?.pool == nil)
        route.overrides.mirror = MirrorConfiguration(pool: "nowhere")
        #expect(throws: StartError.self) { try Route(route, pools: ["web": 0]) }
    }

    @Test func descriptorsAreKeptForCopies() {
        var configuration = GatewayConfiguration(backends: [])
        configuration.limits.connections = 1_000_000
        func clients(_ descriptors: Int) -> Int {
            DescriptorLimit.clients(configuration, workers: 2, descriptors: descriptors)
        }
        let without = clients(10_000)
        configuration.routes[0].overrides.mirror = MirrorConfiguration(pool: "default")
        #expect(clients(10_000) == without - 50)
        // Whatever the file asks for, clients have most of them.
        configuration.routes[0].overrides.mirror?.concurrency = 1_000_000
        #expect(clients(10_000) == without - 1250)
    }
}
