// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// How many requests a pool can have at once without making them wait, found out from how long they take.
///
/// Where there is no queue, an answer takes as long as it takes; with a queue it takes longer, and more requests at once only
/// make the queue longer. So the time to the first byte now is held against the least that was seen of late: as long as the
/// two are alike the limit grows by about its root, and when answers take longer it shrinks in proportion. (As the gradient
/// of Netflix's concurrency-limits and of Envoy's adaptive concurrency filter.) It begins at the minimum, and is halved now and
/// then: what an answer takes without a queue can only be seen without one. Pure: time is passed in.
package struct AdaptiveLimit: Sendable {
    /// What came in one stretch of time.
    package struct Sample: Sendable, Equatable {
        /// Answers.
        package var count = 0
        /// The sum of their times to the first byte, in nanoseconds.
        package var total: UInt64 = 0
        /// The most requests that were there at once.
        package var mostActive = 0

        package init(count: Int = 0, total: UInt64 = 0, mostActive: Int = 0) {
            self.count = count
            self.total = total
            self.mostActive = mostActive
        }
    }

    /// Fewer answers than this say nothing yet.
    package static let fewest = 10
    /// By how much answers may be slower than the least before the limit shrinks.
    package static let tolerance = 1.5
    /// For so long the least counts: then the backends may have become other ones. Nanoseconds.
    package static let memory: UInt64 = 30_000_000_000

    private var minimum: Double
    private var maximum: Double
    private var limit: Double
    private var gathered = Sample()
    /// The least mean time of this stretch of ``memory`` and of the one before.
    private var least: (now: Double, before: Double) = (.infinity, .infinity)
    private var turn: UInt64?

    package init(_ configuration: AdaptiveConcurrencyConfiguration) {
        minimum = Double(max(1, configuration.minimum))
        maximum = Double(max(configuration.minimum, configuration.maximum, 1))
        limit = minimum
    }

    /// Goes on with what was found out, within these bounds.
    package mutating func change(to configuration: AdaptiveConcurrencyConfiguration) {
        let bounds = AdaptiveLimit(configuration)
        (minimum, maximum) = (bounds.minimum, bounds.maximum)
        limit = max(minimum, min(maximum, limit))
    }

    /// How many requests there may be at once.
    package var current: Int { Int(limit) }

    /// Takes what came since the last call.
    package mutating func update(_ sample: Sample, at now: UInt64) {
        gathered.count += sample.count
        gathered.total += sample.total
        gathered.mostActive = max(gathered.mostActive, sample.mostActive)
        guard gathered.count >= Self.fewest else { return }
        let window = gathered
        gathered = Sample()
        let mean = max(1, Double(window.total) / Double(window.count))
        remember(mean, at: now)
        let gradient = max(0.5, min(1, Self.tolerance * min(least.now, least.before) / mean))
        // A limit that nobody comes near to says nothing by growing.
        if gradient == 1, Double(window.mostActive) < limit / 2 { return }
        let wanted = limit * gradient + (gradient == 1 ? limit.squareRoot() : 0)
        // Not all at once: one bad moment is not yet a trend.
        limit = max(minimum, min(maximum, 0.7 * limit + 0.3 * wanted))
    }

    private mutating func remember(_ mean: Double, at now: UInt64) {
        let start = turn ?? now
        if turn == nil { turn = now }
        if now >= start &+ Self.memory {
            least = (.infinity, least.now)
            turn = now
            limit = max(minimum, limit / 2)
        }
        least.now = min(least.now, mean)
    }
}
