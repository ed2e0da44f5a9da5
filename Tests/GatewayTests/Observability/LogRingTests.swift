// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

struct LogRingTests {
    /// Everything that is in the ring now.
    private func drain(_ ring: LogRing) -> [UInt8] {
        var bytes: [UInt8] = []
        let end = ring.end
        while ring.consume(
            upTo: end,
            { piece in
                for index in piece.indices { bytes.append(piece[index]) }
                return piece.count
            }
        ) {}
        return bytes
    }

    @discardableResult
    private func write(_ record: [UInt8], to ring: LogRing) -> Bool {
        ring.write(record.span)
    }

    @Test func whatIsWrittenIsReadInOrder() {
        let ring = LogRing(capacity: 16)
        write([1, 2, 3], to: ring)
        write([4], to: ring)
        #expect(ring.used == 4)
        #expect(drain(ring) == [1, 2, 3, 4])
        #expect(drain(ring) == [])
        #expect(ring.used == 0)
    }

    @Test func recordsOfEverySizeSurviveTheWrapAround() {
        let ring = LogRing(capacity: 64)
        for round in 0..<1000 {
            let record = (0..<(round % 65)).map { UInt8(truncatingIfNeeded: round + $0) }
            #expect(write(record, to: ring))
            #expect(drain(ring) == record)
        }
        #expect(ring.dropped == 0)
    }

    @Test func aRecordWithoutRoomIsDroppedWholeAndCounted() {
        let ring = LogRing(capacity: 16)
        #expect(write([UInt8](repeating: 1, count: 10), to: ring))
        #expect(!write([UInt8](repeating: 2, count: 7), to: ring))
        #expect(write([UInt8](repeating: 3, count: 6), to: ring))
        #expect(!write([4], to: ring))
        #expect(ring.dropped == 2)
        #expect(drain(ring) == [UInt8](repeating: 1, count: 10) + [UInt8](repeating: 3, count: 6))
    }

    @Test func aRecordLongerThanTheRingIsDropped() {
        let ring = LogRing(capacity: 16)
        #expect(!write([UInt8](repeating: 1, count: 17), to: ring))
        #expect(ring.dropped == 1)
    }

    @Test func aPartialReadGoesOnWhereItStopped() {
        let ring = LogRing(capacity: 8)
        write([0, 0, 0, 0, 0, 0], to: ring)
        _ = drain(ring)
        write([1, 2, 3, 4], to: ring)  // Two before the end of the memory, two after.
        let end = ring.end
        var read: [UInt8] = []
        func one(_ piece: Span<UInt8>) -> Int {
            read.append(piece[0])
            return 1
        }
        #expect(ring.consume(upTo: end, one))
        #expect(ring.consume(upTo: end, one))
        #expect(ring.consume(upTo: end, one))
        #expect(!ring.consume(upTo: end, one))
        #expect(read == [1, 2, 3, 4])
    }

    @Test func oneThreadMayWriteWhileAnotherReads() {
        let ring = LogRing(capacity: 256)
        let writer = TestThread {
            var number: UInt8 = 0
            for round in 0..<20_000 {
                let record = (0..<(round % 23 + 1)).map { number &+ UInt8($0) }
                while !ring.write(record.span) {}
                number &+= UInt8(record.count)
            }
        }
        var expected: UInt8 = 0
        var count = 0
        let total = (0..<20_000).reduce(0) { $0 + $1 % 23 + 1 }
        var isInOrder = true
        while count < total, isInOrder {
            for byte in drain(ring) {
                isInOrder = isInOrder && byte == expected
                expected &+= 1
                count += 1
            }
        }
        writer.join()
        #expect(isInOrder)
        #expect(count == total)
    }
}
