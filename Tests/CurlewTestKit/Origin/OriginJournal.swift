// SPDX-License-Identifier: Apache-2.0

/// What an origin has seen, shared by its connections' threads and the test.
final class OriginJournal: Sendable {
    struct Pages {
        /// In the order in which their heads arrived.
        var requests: [ReceivedRequest] = []
        var connections: [FakeOrigin.ConnectionRecord] = []
        var pings = 0
        var health = FakeOrigin.Health.status(200)
        /// Those that are still being served, by number.
        var open: [Int: StreamSocket] = [:]
        /// Mistakes in what the gateway sent.
        var faults: [KitError] = []
    }

    let pages = Monitor(Pages())

    func accepted(_ socket: StreamSocket) -> Int {
        pages.change {
            let number = $0.connections.count
            $0.connections.append(FakeOrigin.ConnectionRecord(number: number))
            $0.open[number] = socket
            return number
        }
    }

    func ended(_ number: Int, _ end: FakeOrigin.ConnectionRecord.End) {
        pages.change {
            $0.connections[number].end = end
            $0.open[number] = nil
        }
    }

    /// Returns where the request is in the journal.
    func began(_ request: ReceivedRequest) -> Int {
        pages.change {
            $0.requests.append(request)
            $0.connections[request.connection].requests += 1
            return $0.requests.count - 1
        }
    }

    func completed(_ request: ReceivedRequest, at index: Int) {
        pages.change { $0.requests[index] = request }
    }

    func pinged() -> FakeOrigin.Health {
        pages.change {
            $0.pings += 1
            return $0.health
        }
    }

    func fault(_ error: KitError) {
        pages.change { $0.faults.append(error) }
    }
}
