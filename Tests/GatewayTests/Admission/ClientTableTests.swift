// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

@Suite struct ClientTableTests {
    private func address(_ number: UInt32) -> IPAddress { IPAddress(ipv4: number) }

    @Test func aClientHasAsManyAsItMayAndNotOneMore() {
        let table = ClientTable()
        #expect(table.admit(address(1), atMost: 2))
        #expect(table.admit(address(1), atMost: 2))
        #expect(!table.admit(address(1), atMost: 2))
        #expect(table.admit(address(2), atMost: 2))
        table.release(address(1))
        #expect(table.admit(address(1), atMost: 2))
        #expect(!table.admit(address(1), atMost: 2))
    }

    @Test func nothingIsKeptOfClientsThatHaveLeft() {
        let table = ClientTable()
        for number in 0..<10_000 { #expect(table.admit(address(UInt32(number)), atMost: 5)) }
        #expect(table.count == 10_000)
        for number in 0..<10_000 { table.release(address(UInt32(number))) }
        #expect(table.count == 0)
        // One that was not counted cannot be given back.
        table.release(address(1))
        #expect(table.count == 0)
    }

    @Test func itIsExactHoweverManyThreadsAsk() throws {
        let table = ClientTable()
        let admitted = Monitor(0)
        let threads = (0..<4).map { _ in
            BackgroundThread {
                for _ in 0..<500 where table.admit(IPAddress(ipv4: 1), atMost: 1000) { admitted.change { $0 += 1 } }
            }
        }
        for thread in threads { try thread.join() }
        #expect(admitted.read { $0 } == 1000)
    }
}

@Suite struct ComplaintTests {
    @Test func theFirstIsReportedAndThenOneInTenSeconds() {
        var complaint = Complaint()
        #expect(complaint.report(at: 5) == 1)
        #expect(complaint.report(at: 6) == nil)
        #expect(complaint.report(at: 10_000_000_004) == nil)
        #expect(complaint.report(at: 10_000_000_005) == 3)
        #expect(complaint.report(at: 10_000_000_006) == nil)
        #expect(complaint.report(at: 50_000_000_000) == 2)
    }
}
