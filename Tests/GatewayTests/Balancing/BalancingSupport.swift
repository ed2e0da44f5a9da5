// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Synchronization

/// `count` backends on ports 3001 and up.
func makeBackends(_ count: Int) -> [BackendConfiguration] {
    (1...count).map { number in
        let url = BackendURL(
            scheme: .http,
            endpoint: .tcp(host: "localhost", port: UInt16(3000 + number)),
            description: "http://localhost:\(3000 + number)"
        )
        return BackendConfiguration(url: url)
    }
}

/// A pool's configuration with a backend for each weight.
func makeConfiguration(weights: [Int], strategy: String = "round_robin") -> PoolConfiguration {
    var backends = makeBackends(weights.count)
    for (index, weight) in weights.enumerated() { backends[index].weight = weight }
    return PoolConfiguration(name: "web", strategy: strategy, backends: backends)
}

/// A pool of `count` backends on ports 3001 and up.
func makePool(of count: Int, healthCheck: HealthCheckConfiguration = HealthCheckConfiguration()) -> BackendPool {
    BackendPool(PoolConfiguration(name: "web", backends: makeBackends(count), healthCheck: healthCheck))
}

/// A pool with a backend for each weight.
func makePool(weights: [Int]) -> BackendPool {
    BackendPool(makeConfiguration(weights: weights))
}

extension BackendPool {
    /// Every candidate, in order.
    func candidateIndices(excluding tried: BackendSet = []) -> [Int] {
        let candidates = candidates(excluding: tried)
        return (0..<candidates.count).compactMap { candidates[place: $0]?.index }
    }

    func setAvailable(_ indices: some Sequence<Int>, _ available: Bool) {
        for index in indices { setAvailable(index, available) }
    }
}

extension BalancingStrategy {
    /// The indices of `count` picks in a row, none of which is counted as in flight.
    func picks(
        _ count: Int,
        from pool: BackendPool,
        tried: BackendSet = [],
        key: (Int) -> RequestKey = { _ in RequestKey() }
    ) -> [Int?] {
        (0..<count).map { pick(from: pool, for: key($0), tried: tried)?.index }
    }

    /// How often each backend was picked in `count` picks.
    func shares(
        _ count: Int,
        from pool: BackendPool,
        tried: BackendSet = [],
        key: (Int) -> RequestKey = { _ in RequestKey() }
    ) -> [Int] {
        var counts = Array(repeating: 0, count: pool.backends.count)
        for pick in picks(count, from: pool, tried: tried, key: key) {
            if let pick { counts[pick] += 1 }
        }
        return counts
    }
}

extension SeededGenerator {
    /// Between 2 and `most` weights of 1 to `heaviest`.
    mutating func weights(most: Int, heaviest: Int) -> [Int] {
        (0..<Int.random(in: 2...most, using: &self)).map { _ in Int.random(in: 1...heaviest, using: &self) }
    }
}

/// Whether `counts` are what so many independent draws with these weights would give: a test of chi squared that lets by
/// all but one in a hundred million fair ones.
func fits(_ counts: [Int], _ weights: [Int]) -> Bool {
    let sum = Double(counts.reduce(0, +))
    let whole = Double(weights.reduce(0, +))
    var chiSquared = 0.0
    for (count, weight) in zip(counts, weights) {
        let expected = sum * Double(weight) / whole
        chiSquared += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    // Wilson and Hilferty's approximation of the quantile at 5.6 standard deviations.
    let freedom = Double(weights.count - 1)
    let root = 1 - 2 / (9 * freedom) + 5.6 * (2 / (9 * freedom)).squareRoot()
    return chiSquared <= freedom * root * root * root
}

/// Runs `body` on `count` threads at once and waits until all have ended. Threads, not tasks: tasks would share as many
/// threads as there are cores and hardly ever interrupt each other.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    let start = Gate()
    let threads = (0..<count).map { number in
        BackgroundThread {
            try? start.wait()
            body(number)
        }
    }
    start.open()
    for thread in threads { try thread.join() }
}

/// A counter that threads share.
final class Tally: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
    func take() { value.subtract(1, ordering: .relaxed) }
}
