// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct BackendPoolTests {
    @Test(arguments: [1, 3, 63, 64, 65, 100, 128, 130])
    func everyBackendBeginsAvailable(count: Int) {
        let pool = makePool(of: count)
        #expect(pool.candidates(excluding: []).count == count)
        #expect(pool.candidateIndices() == Array(0..<count))
        #expect((0..<count).allSatisfy(pool.isAvailable))
    }

    @Test func backendsKeepTheOrderOfTheFileAndTheirNames() {
        let pool = makePool(of: 3)
        #expect(pool.name == "web")
        #expect(pool.nameBytes == Array("web".utf8))
        #expect(pool.backends.map(\.index) == [0, 1, 2])
        #expect(pool.backends.map { String(decoding: $0.name, as: UTF8.self) }.last == "http://localhost:3003")
    }

    @Test(arguments: [3, 64, 100, 130])
    func candidatesAreTheAvailableOnesInOrder(count: Int) {
        let pool = makePool(of: count)
        for index in 0..<count where index % 3 == 1 { pool.setAvailable(index, false) }
        #expect(pool.candidateIndices() == (0..<count).filter { $0 % 3 != 1 })
    }

    @Test(arguments: [3, 64, 100, 130])
    func candidatesLeaveOutWhatWasTried(count: Int) {
        let pool = makePool(of: count)
        pool.setAvailable(0, false)
        let tried: BackendSet = [1, count - 1]
        #expect(pool.candidateIndices(excluding: tried) == Array(2..<(count - 1)))
    }

    @Test func placesBeyondTheCountHoldNobody() {
        let pool = makePool(of: 3)
        let candidates = pool.candidates(excluding: [1])
        #expect(candidates[place: 2] == nil)
        #expect(candidates[place: -1] == nil)
    }

    @Test(arguments: [0, 63, 64, 99])
    func settingAvailabilityTellsWhetherItChanged(index: Int) {
        let pool = makePool(of: 100)
        #expect(!pool.setAvailable(index, true))
        #expect(pool.setAvailable(index, false))
        #expect(!pool.isAvailable(index))
        #expect(!pool.setAvailable(index, false))
        #expect(pool.setAvailable(index, true))
        #expect(pool.isAvailable(index))
    }

    @Test func oneSnapshotOutlivesAChange() {
        let pool = makePool(of: 3)
        let candidates = pool.candidates(excluding: [])
        for index in 0..<3 { pool.setAvailable(index, false) }
        // A strategy that counted three must be able to pick the third.
        #expect(candidates[place: 2]?.index == 2)
    }

    @Test func aLargePoolStillAnswersWhenABackendLeavesBetweenCountAndPick() {
        let pool = makePool(of: 130)
        let candidates = pool.candidates(excluding: [])
        for index in 100..<130 { pool.setAvailable(index, false) }
        #expect(candidates[place: 129]?.index == 99)
    }

    @Test func aLargePoolHasNobodyWhenAllLeaveBetweenCountAndPick() {
        let pool = makePool(of: 130)
        for index in 0..<64 { pool.setAvailable(index, false) }
        let candidates = pool.candidates(excluding: [])
        for index in 64..<130 { pool.setAvailable(index, false) }
        #expect(candidates[place: 0] == nil)
    }

    @Test func inFlightCountsRequestsOfAllThreads() throws {
        let backend = makePool(of: 1).backends[0]
        try onThreads(4) { _ in
            for _ in 0..<10_000 {
                backend.requestBegan()
                backend.requestBegan()
                backend.requestEnded()
            }
        }
        #expect(backend.inFlight == 40_000)
    }

    @Test(arguments: [64, 130])
    func changesOfDifferentBackendsDoNotUndoEachOther(count: Int) throws {
        let pool = makePool(of: count)
        try onThreads(4) { number in
            for _ in 0..<500 {
                for index in stride(from: number, to: count, by: 4) {
                    pool.setAvailable(index, false)
                    if index % 2 == 0 { pool.setAvailable(index, true) }
                }
            }
        }
        #expect(pool.candidateIndices() == (0..<count).filter { $0 % 2 == 0 })
    }
}
