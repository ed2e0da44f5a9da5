// SPDX-License-Identifier: Apache-2.0

extension FakeOrigin {
    /// The requests so far, pings excepted, in the order in which their heads arrived.
    package var requests: [ReceivedRequest] { journal.pages.read { $0.requests } }

    /// The connections that brought at least one request which is not a ping.
    package var connections: [ConnectionRecord] { journal.pages.read { $0.connections.filter { $0.requests > 0 } } }

    /// All connections, pings' included.
    package var allConnections: [ConnectionRecord] { journal.pages.read { $0.connections } }

    /// How many pings came.
    package var pings: Int { journal.pages.read { $0.pings } }

    /// What the gateway sent that is not HTTP/1.1. Every test may expect it to be empty.
    package var faults: [KitError] { journal.pages.read { $0.faults } }

    /// How pings are answered from now on.
    package var health: Health {
        get { journal.pages.read { $0.health } }
        set { journal.pages.change { $0.health = newValue } }
    }

    /// Waits until `count` requests have arrived with their bodies, and returns the last of them.
    @discardableResult
    package func waitForRequest(_ count: Int = 1, until deadline: Deadline = .usual) throws -> ReceivedRequest {
        try journal.pages.wait(for: "request \(count) at \(url)", until: deadline) { pages in
            guard pages.requests.count >= count, pages.requests[count - 1].isComplete else { return nil }
            return pages.requests[count - 1]
        }
    }

    /// Waits until the heads of `count` requests have arrived, and returns the last of them.
    @discardableResult
    package func waitForHead(_ count: Int = 1, until deadline: Deadline = .usual) throws -> ReceivedRequest {
        try journal.pages.wait(for: "the head of request \(count) at \(url)", until: deadline) { pages in
            pages.requests.count >= count ? pages.requests[count - 1] : nil
        }
    }

    /// Waits until `count` pings have arrived.
    package func waitForPings(_ count: Int = 1, until deadline: Deadline = .usual) throws {
        try journal.pages.wait(for: "ping \(count) at \(url)", until: deadline, holds: { $0.pings >= count })
    }

    /// Waits until the connection with this number has ended, and says how.
    @discardableResult
    package func waitForEnd(ofConnection number: Int, until deadline: Deadline = .usual) throws -> ConnectionRecord.End
    {
        try journal.pages.wait(for: "connection \(number) at \(url) to end", until: deadline) { pages in
            number < pages.connections.count ? pages.connections[number].end : nil
        }
    }
}
