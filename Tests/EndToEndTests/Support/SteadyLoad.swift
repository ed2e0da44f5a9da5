// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc

/// Clients that ask some hundred times a second each, some on connections that they keep and some on a new one each time, until they are
/// told to stop.
final class SteadyLoad: Sendable {
    private struct State {
        var isOver = false
        var answers = 0
        var failures: [String] = []
    }

    private let state = Monitor(State())
    private let threads: [BackgroundThread]

    /// - Parameters:
    ///   - port: Where the gateway listens.
    ///   - targets: What is asked for, in turn.
    ///   - keeping: How many clients keep their connections as long as the gateway lets them.
    ///   - renewing: How many take a new one for each request.
    init(port: UInt16, targets: [String], keeping: Int, renewing: Int) {
        threads = (0..<keeping + renewing).map { [state] number in
            BackgroundThread {
                var kept: RawClient?
                var count = number
                while !state.read({ $0.isOver }) {
                    let target = targets[count % targets.count]
                    count += 1
                    do {
                        let client = try kept ?? RawClient(port: port)
                        let response = try client.get(target)
                        guard response.status == 200, response.isComplete else {
                            throw KitError.malformed("\(target): \(response.status) \(response.text)")
                        }
                        state.change { $0.answers += 1 }
                        let isLast = number >= keeping || response.fields.lists("close", in: "Connection")
                        if isLast { client.close() }
                        kept = isLast ? nil : client
                        // Those who ask without a pause leave no time for what they are to notice nothing of.
                        usleep(2000)
                    } catch {
                        kept = nil
                        state.change { $0.failures.append("\(error)") }
                    }
                }
            }
        }
    }

    /// Requests that were answered as they should be.
    var answers: Int { state.read { $0.answers } }

    /// Waits until so many more requests have been answered.
    func wait(for count: Int) throws {
        let end = answers + count
        try state.wait(for: "\(count) more answers") { $0.answers >= end }
    }

    /// Ends it, and returns what was not as it should be.
    func stop() throws -> [String] {
        state.change { $0.isOver = true }
        for thread in threads { try thread.join() }
        return state.read { $0.failures }
    }
}
