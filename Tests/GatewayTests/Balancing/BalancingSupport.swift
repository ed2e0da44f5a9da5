// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway

/// A pool of `count` backends on ports 3001 and up.
func makePool(of count: Int, healthCheck: HealthCheckConfiguration = HealthCheckConfiguration()) -> BackendPool {
    let backends = (1...count).map { number in
        let url = BackendURL(
            scheme: .http,
            endpoint: .tcp(host: "localhost", port: UInt16(3000 + number)),
            description: "http://localhost:\(3000 + number)"
        )
        return BackendConfiguration(url: url)
    }
    return BackendPool(PoolConfiguration(name: "web", backends: backends, healthCheck: healthCheck))
}

extension BackendPool {
    /// Every candidate, in order.
    func candidateIndices(excluding tried: BackendSet = []) -> [Int] {
        let candidates = candidates(excluding: tried)
        return (0..<candidates.count).compactMap { candidates[place: $0]?.index }
    }
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
