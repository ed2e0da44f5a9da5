// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Gateway

struct WaitingLineTests {
    @Test func theFirstToComeIsTheFirstToGo() {
        var line = WaitingLine<String>()
        let tickets = ["a", "b", "c"].enumerated().map { line.append($0.element, since: UInt64($0.offset)) }
        #expect(line.count == 3)
        for (index, name) in ["a", "b", "c"].enumerated() {
            #expect(line.first?.element == name)
            #expect(line.first?.since == UInt64(index))
            #expect(line.remove(tickets[index]) == UInt64(index))
        }
        #expect(line.first == nil)
        #expect(line.count == 0)
    }

    @Test func whoLeavesFromTheMiddleIsPassedOver() {
        var line = WaitingLine<Int>()
        let tickets = (0..<4).map { line.append($0, since: 0) }
        line.remove(tickets[1])
        line.remove(tickets[2])
        line.remove(tickets[0])
        #expect(line.first?.element == 3)
        #expect(line.count == 1)
    }

    @Test func aTicketIsGoodOnce() {
        var line = WaitingLine<Int>()
        let first = line.append(1, since: 5)
        #expect(line.remove(first) == 5)
        let second = line.append(2, since: 6)
        #expect(second != first)
        #expect(line.remove(first) == nil)
        #expect(line.remove(second + 1) == nil)
        #expect(line.count == 1)
    }

    /// Against an array, through many comings and goings.
    @Test func staysInOrderHoweverLongItGets() {
        var random = PseudoRandom(seed: 7)
        var line = WaitingLine<Int>()
        var model: [(ticket: UInt64, element: Int)] = []
        for step in 0..<20_000 {
            let choice = Int.random(in: 0..<100, using: &random)
            if choice < 50 || model.isEmpty {
                model.append((line.append(step, since: UInt64(step)), step))
            } else {
                let index = choice < 90 ? 0 : Int.random(in: 0..<model.count, using: &random)
                let (ticket, element) = model.remove(at: index)
                #expect(line.remove(ticket) == UInt64(element))
            }
            #expect(line.count == model.count)
            #expect(line.first?.element == model.first?.element)
        }
        #expect(Set(model.map(\.ticket)).count == model.count)
    }
}

struct RequestQueueTests {
    private func makeQueue(size: Int, limited: Bool = true) -> RequestQueue? {
        var pool = GatewayConfiguration(backends: [BackendConfiguration(url: .at("a", 80))]).pools[0]
        pool.queue.size = size
        if limited { pool.backends[0].maxConnections = 1 }
        return RequestQueue(pool)
    }

    @Test func thereIsNoneWhereNoBackendIsLimited() {
        #expect(makeQueue(size: 5, limited: false) == nil)
    }

    @Test func noMoreThanItsSizeAreIn() throws {
        let queue = try #require(makeQueue(size: 2))
        #expect(queue.isEmpty)
        #expect(queue.enter() && queue.enter())
        #expect(!queue.enter())
        queue.leave()
        #expect(queue.enter())
        #expect(!queue.isEmpty)
    }

    @Test func theOneThatWaitsLongestIsNext() throws {
        let queue = try #require(makeQueue(size: 2))
        let doors = try [RequestQueue.Door(), RequestQueue.Door()]
        for door in doors { queue.open(door) }
        #expect(queue.next == nil)
        doors[0].oldest.store(7, ordering: .relaxed)
        doors[1].oldest.store(5, ordering: .relaxed)
        #expect(queue.next === doors[1])
        queue.close(doors[1])
        #expect(queue.next === doors[0])
    }
}
