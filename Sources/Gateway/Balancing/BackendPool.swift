// SPDX-License-Identifier: Apache-2.0

internal import Reactor
import Synchronization

/// The backends of one pool, which of them are available, and the policies that they share.
///
/// Who is in the pool never changes: a reload makes a new pool, in which backends of both are counted as before. Who is available is published as one bitmap of atomic
/// words, which any thread reads without a lock and only ``PoolHealth`` writes. Every backend begins available: until
/// the first ping has an answer it is better to try than to refuse.
package final class BackendPool: Sendable {
    /// The name that routes and the log use.
    package let name: String
    /// The bytes of ``name``, for the log.
    package let nameBytes: [UInt8]
    /// In the order of the file; the place in this array is ``Backend/index``.
    package let backends: [Backend]
    package let healthCheck: HealthCheckConfiguration
    package let retry: RetryConfiguration
    package let timeouts: TimeoutsConfiguration

    /// Who may be picked beside those that are available, and who of those may not.
    let rules: CandidateRules
    /// What each backend's ``Backend/maximumInFlight`` is.
    let maxima: AtomicWords
    /// What is counted and measured of each backend.
    let measures: BackendMeasures
    /// What each backend is to have beside the others: its weight, in parts of ``SlowStart/full``.
    let wholeShares: AtomicWords
    /// One divided by each backend's weight, as the bits of a `Float`.
    let inverseShares: AtomicWords
    /// Without an optional, since taking it out would cost a reference count for every backend that is looked at.
    private let slowStart: SlowStart
    let startsSlowly: Bool
    /// Every backend's share is the same at all times.
    let hasEqualShares: Bool

    /// Backends 0-63: all of them in nearly every pool, so one load sees the whole pool at one moment.
    private let firstWord: Atomic<UInt64>
    /// Backends from 64 up, 64 in each word.
    private let moreWords: [AvailabilityWord]

    /// - Parameters:
    ///   - configuration: The pool's.
    ///   - previous: The pool of this name as it was before the configuration changed. Backends of both are counted and
    ///     measured as before.
    package init(_ configuration: PoolConfiguration, after previous: BackendPool? = nil) {
        name = configuration.name
        nameBytes = Array(configuration.name.utf8)
        let count = configuration.backends.count
        let records = BackendRecord.records(for: configuration.backends, after: previous)
        let measures = BackendMeasures(records)
        let backends = configuration.backends.enumerated().map {
            Backend(index: $0.offset, $0.element, records[$0.offset], measures)
        }
        self.measures = measures
        self.backends = backends
        maxima = AtomicWords(backends.map(\.maximumInFlight))
        let rules = CandidateRules(configuration)
        self.rules = rules
        wholeShares = AtomicWords(configuration.backends.map { UInt64(max(1, $0.weight)) * SlowStart.full })
        inverseShares = AtomicWords(
            configuration.backends.map { UInt64((1 / Float(max(1, $0.weight))).bitPattern) }
        )
        startsSlowly = configuration.slowStart != nil
        let duration = configuration.slowStart?.wholeNanoseconds ?? 0
        slowStart = SlowStart(duration: duration, measures.beginnings)
        hasEqualShares = configuration.hasEqualShares
        healthCheck = configuration.healthCheck
        retry = configuration.retry
        timeouts = configuration.timeouts

        firstWord = Atomic(Self.fullWord(at: 0, of: count, rules))
        moreWords = (1..<max(1, (count + 63) / 64)).map { AvailabilityWord(Self.fullWord(at: $0, of: count, rules)) }
    }

    /// The word at `position` when all of `count` backends are available that may be.
    private static func fullWord(at position: Int, of count: Int, _ rules: CandidateRules) -> UInt64 {
        let bits = min(64, max(0, count - 64 * position))
        let word: UInt64 = bits == 64 ? .max : (1 << UInt64(bits)) - 1
        return rules.disabled.isEmpty ? word : word & ~rules.disabled[position]
    }

    /// The word at `position` when all backends are available that may be.
    func fullWord(at position: Int) -> UInt64 {
        Self.fullWord(at: position, of: backends.count, rules)
    }

    /// How many words the bitmap has; at least one.
    var wordCount: Int { 1 + moreWords.count }

    /// The availability of the backends `64 * position ..< 64 * (position + 1)`, the first in the lowest bit.
    func word(at position: Int) -> UInt64 {
        // Acquiring, so that whoever sees a backend come back also sees what was written before it did.
        position == 0
            ? firstWord.load(ordering: .acquiring) : moreWords[position - 1].bits.load(ordering: .acquiring)
    }

    /// Whether the backend at `index` may be given requests.
    package func isAvailable(_ index: Int) -> Bool {
        word(at: index / 64) & (1 << UInt64(index % 64)) != 0
    }

    /// The place of the backend with this ``Backend/identity``, or `nil`.
    package func index(of identity: UInt64) -> Int? {
        backends.firstIndex { $0.identity == identity }
    }

    /// The place of `backend`, which may be an object of this pool before or after a change of the configuration; `nil` where
    /// it is not in this one.
    func place(of backend: Backend) -> Int? {
        if backends.indices.contains(backend.index), backends[backend.index] === backend { return backend.index }
        return backends.firstIndex { $0.record === backend.record }
    }

    /// The place that each of this pool's backends has in `other`; `nil` for those that it has not.
    func places(in other: BackendPool) -> [Int?] {
        let indices = Dictionary(uniqueKeysWithValues: other.backends.map { (ObjectIdentifier($0.record), $0.index) })
        return backends.map { indices[ObjectIdentifier($0.record)] }
    }

    /// Puts the backend at `index` into rotation, or takes it out, for all threads at once.
    ///
    /// - Returns: whether this call changed it.
    @discardableResult
    package func setAvailable(_ index: Int, _ available: Bool) -> Bool {
        precondition(backends.indices.contains(index))
        if available, startsSlowly, !isAvailable(index) { slowStart.cameBack(index) }
        let position = index / 64
        let bit: UInt64 = 1 << UInt64(index % 64)
        let before =
            position == 0
            ? Self.change(firstWord, bit, available) : Self.change(moreWords[position - 1].bits, bit, available)
        return (before & bit != 0) != available
    }

    /// The backend at `index` may have requests again that it was kept from, and starts as slowly as one that has come back.
    func wasEnabled(_ index: Int) {
        if startsSlowly { slowStart.cameBack(index) }
    }

    /// What the backend at `index` is to have beside the others at `time`: its weight in parts of ``SlowStart/full``, less
    /// while it starts slowly. Never 0.
    @inline(__always)
    func share(of index: Int, at time: UInt64) -> UInt64 {
        let share = wholeShares[index]
        guard startsSlowly else { return share }
        return share * slowStart.progress(of: index, at: time) / SlowStart.full
    }

    /// The same for sums that are made in floating point.
    @inline(__always)
    func doubleShare(of index: Int, at time: UInt64) -> Double {
        // By way of Int64, which is one instruction where UInt64 is seven.
        Double(Int64(bitPattern: share(of: index, at: time)))
    }

    /// How far the backend at `index` has come in its slow start: ``SlowStart/full`` when it is over.
    @inline(__always)
    func progress(of index: Int, at time: UInt64) -> UInt64 {
        startsSlowly ? slowStart.progress(of: index, at: time) : SlowStart.full
    }

    /// Sets or clears `bit`, and gives the word as it was before.
    private static func change(_ word: borrowing Atomic<UInt64>, _ bit: UInt64, _ set: Bool) -> UInt64 {
        set
            ? word.bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue
            : word.bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue
    }
}

/// One word of the bitmap beyond the first, in a box of its own since an array cannot hold what cannot be copied.
private final class AvailabilityWord: Sendable {
    let bits: Atomic<UInt64>

    init(_ bits: UInt64) {
        self.bits = Atomic(bits)
    }
}
