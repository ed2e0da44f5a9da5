// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct HistogramScaleTests {
    @Test func everyTimeIsInTheBucketWhoseBoundsHoldIt() throws {
        var times = (0...5000).map { UInt64($0) }
        for exponent in UInt64(12)...29 {
            let power: UInt64 = 1 << exponent
            times += [power - 1, power, power + 1]
        }
        for time in times {
            let index = HistogramScale.index(of: time)
            if let upper = HistogramScale.upperBound(index) { #expect(time <= upper, "\(time)") }
            if index > 0 { #expect(time > (try #require(HistogramScale.upperBound(index - 1))), "\(time)") }
        }
    }

    @Test func boundsGrowByNoMoreThanAQuarterFromEightMicrosecondsOn() throws {
        for index in 8..<HistogramScale.buckets - 1 {
            let low = try #require(HistogramScale.upperBound(index - 1))
            let high = try #require(HistogramScale.upperBound(index))
            #expect(high > low && Double(high) <= Double(low) * 1.2501)
        }
    }

    @Test func whatIsBeyondTheScaleIsInTheLastBucket() {
        #expect(HistogramScale.index(of: .max) == HistogramScale.buckets - 1)
        #expect(HistogramScale.index(of: (1 << 30) + 1) == HistogramScale.buckets - 1)
        #expect(HistogramScale.index(of: 1 << 30) == HistogramScale.buckets - 2)
        #expect(HistogramScale.upperBound(HistogramScale.buckets - 1) == nil)
    }

    @Test(arguments: 0...30) func aBoundOfWhatIsShownIsABoundOfABucket(exponent: Int) {
        let count = HistogramScale.count(upToPowerOf2: exponent)
        #expect(HistogramScale.upperBound(count - 1) == 1 << UInt64(exponent))
    }

    @Test func percentilesAreOffByLessThanAFifth() throws {
        var random = SplitMix(7)
        var counts = [UInt32](repeating: 0, count: HistogramScale.buckets)
        // From 100 µs to a second, most of them short.
        let times = (0..<10_000).map { _ in 100 * UInt64(1 + random.next() % 100) * UInt64(1 + random.next() % 100) }
        for time in times { counts[HistogramScale.index(of: time)] += 1 }
        let sorted = times.sorted()
        for share in [0.5, 0.9, 0.99] {
            let exact = Double(sorted[Int(share * 10_000) - 1])
            let found = try #require(HistogramScale.percentile(share, of: counts))
            #expect(abs(found - exact) < exact / 5, "\(share): \(found) for \(exact)")
        }
        #expect(HistogramScale.percentile(0.5, of: [UInt32](repeating: 0, count: 10)) == nil)
    }
}
