// SPDX-License-Identifier: Apache-2.0

/// What a backend was like in the last minute, from looks at its counters every few seconds. Whoever counts knows nothing of
/// it: a look is compared with the one before.
///
/// Pure: it is told the numbers and how much time has passed.
package struct LatencyWindow: Sendable {
    /// How many looks are remembered.
    package static let slots = 12
    /// How far they should be apart, in nanoseconds.
    package static let interval: UInt64 = 5_000_000_000

    /// How requests went, as far as is known.
    package struct Summary: Sendable, Equatable {
        /// Attempts that ended, in each second.
        package var requestsPerSecond = 0.0
        /// How many of them failed, from 0 to 1.
        package var errorShare = 0.0
        /// Seconds to the first byte that half, nine tenths and 99 of 100 did not exceed; `nil` where nothing was answered.
        package var p50: Double?
        package var p90: Double?
        package var p99: Double?
    }

    /// What has changed between two looks. Empty where nothing did.
    private struct Slot: Sendable {
        var latency: [UInt32] = []
        var attempts: UInt64 = 0
        var failures: UInt64 = 0
        var nanoseconds: UInt64
    }

    private var last: [UInt64] = []
    private var kept: [Slot] = []
    private var next = 0

    package init() {}

    /// Takes a look: `sums` are a backend's by ``BackendLayout``, `nanoseconds` have passed since the one before.
    ///
    /// - Returns: What has happened since then, for the history.
    @discardableResult
    package mutating func take(_ sums: [UInt64], after nanoseconds: UInt64) -> BackendHistory.Point {
        let slot = difference(sums, nanoseconds)
        if kept.count < Self.slots {
            kept.append(slot)
        } else {
            kept[next] = slot
            next = (next + 1) % Self.slots
        }
        last = sums
        return point(slot)
    }

    private func point(_ slot: Slot) -> BackendHistory.Point {
        func seconds(_ share: Double) -> Float {
            HistogramScale.percentile(share, of: slot.latency).map { Float($0 / 1_000_000) } ?? .nan
        }
        return BackendHistory.Point(
            requests: UInt32(clamping: slot.attempts),
            failures: UInt32(clamping: slot.failures),
            p50: seconds(0.5),
            p99: seconds(0.99)
        )
    }

    private func difference(_ sums: [UInt64], _ nanoseconds: UInt64) -> Slot {
        func since(_ index: Int) -> UInt64 { sums[index] &- (last.isEmpty ? 0 : last[index]) }
        var slot = Slot(nanoseconds: nanoseconds)
        slot.attempts = since(BackendLayout.attempts)
        guard slot.attempts > 0 else { return slot }
        slot.failures = since(BackendLayout.failures)
        let first = BackendLayout.firstByte + HistogramLayout.buckets
        slot.latency = (0..<HistogramScale.buckets).map { UInt32(clamping: since(first + $0)) }
        return slot
    }

    /// All that is remembered together with what `sums` has beyond the last look, which was so many nanoseconds ago.
    package func summary(_ sums: [UInt64], after nanoseconds: UInt64) -> Summary {
        Self.summary(of: kept + [difference(sums, nanoseconds)])
    }

    /// The same of several backends together.
    package static func summary(_ parts: [(window: LatencyWindow, sums: [UInt64])], after nanoseconds: UInt64)
        -> Summary
    {
        var all: [Slot] = []
        var longest: UInt64 = 0
        for (window, sums) in parts {
            let slots = window.kept + [window.difference(sums, nanoseconds)]
            longest = max(longest, slots.reduce(0) { $0 + $1.nanoseconds })
            all += slots.map {
                var slot = $0
                slot.nanoseconds = 0
                return slot
            }
        }
        return summary(of: all + [Slot(nanoseconds: longest)])
    }

    private static func summary(of slots: [Slot]) -> Summary {
        var counts = [UInt64](repeating: 0, count: HistogramScale.buckets)
        var (attempts, failures, nanoseconds): (UInt64, UInt64, UInt64) = (0, 0, 0)
        for slot in slots {
            attempts += slot.attempts
            failures += slot.failures
            nanoseconds += slot.nanoseconds
            for index in slot.latency.indices { counts[index] += UInt64(slot.latency[index]) }
        }
        var summary = Summary()
        if nanoseconds > 0 { summary.requestsPerSecond = Double(attempts) * 1e9 / Double(nanoseconds) }
        if attempts > 0 { summary.errorShare = Double(failures) / Double(attempts) }
        func seconds(_ share: Double) -> Double? {
            HistogramScale.percentile(share, of: counts).map { $0 / 1_000_000 }
        }
        summary.p50 = seconds(0.5)
        summary.p90 = seconds(0.9)
        summary.p99 = seconds(0.99)
        return summary
    }
}
