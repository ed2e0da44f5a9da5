// SPDX-License-Identifier: Apache-2.0

/// What a pool's configuration says of who may be picked, beyond availability. In most pools nothing: they pay nothing
/// for it.
struct CandidateRules: Sendable {
    /// The backups, as bits; empty where there are none, and where there is nobody else.
    let backups: [UInt64]
    /// Those that may not have any number of requests in flight, as bits; empty where there are none.
    let limited: [UInt64]
    /// When every backend is out of rotation, all of them are candidates that are enabled.
    let triesAnyway: Bool
    /// Those that may have no new requests, as bits; empty where there are none. They are never available, so nobody who
    /// picks among those that are has to look here.
    let disabled: [UInt64]

    var isEmpty: Bool { backups.isEmpty && limited.isEmpty && !triesAnyway }

    init(_ configuration: PoolConfiguration) {
        let backends = configuration.backends
        let onlyBackups = backends.allSatisfy(\.isBackup)
        backups = Self.bits(of: backends) { $0.isBackup && !onlyBackups }
        limited = Self.bits(of: backends) { $0.maxConnections != nil }
        triesAnyway = configuration.whenAllDown == .tryAnyway
        disabled = Self.bits(of: backends) { !$0.isEnabled }
    }

    private static func bits(
        of backends: [BackendConfiguration],
        where isMember: (BackendConfiguration) -> Bool
    ) -> [UInt64] {
        guard backends.contains(where: isMember) else { return [] }
        var words = Array(repeating: UInt64(0), count: (backends.count + 63) / 64)
        for (index, backend) in backends.enumerated() where isMember(backend) {
            words[index / 64] |= 1 << UInt64(index % 64)
        }
        return words
    }
}

/// Which of a pool's backends one request is offered; nothing set means those that are available.
struct CandidateFilter: OptionSet {
    let rawValue: UInt8

    /// Those that are out of rotation too.
    static let unavailable = CandidateFilter(rawValue: 1)
    /// No backups.
    static let noBackups = CandidateFilter(rawValue: 2)
    /// Nobody but backups.
    static let onlyBackups = CandidateFilter(rawValue: 4)
    /// Those alone that may have one more request in flight.
    static let withRoom = CandidateFilter(rawValue: 8)
}

extension BackendPool {
    /// Whom a request is offered that has tried those in `tried`.
    func filter(excluding tried: BackendSet) -> CandidateFilter {
        var filter: CandidateFilter = []
        if rules.triesAnyway, (0..<wordCount).allSatisfy({ word(at: $0) == 0 }) { filter.insert(.unavailable) }
        if !rules.backups.isEmpty {
            let others = filter.union(.noBackups)
            let areThereOthers = (0..<wordCount).contains { word(at: $0, others) & ~tried.word(at: $0) != 0 }
            // One that is full is still there: its requests wait for it.
            filter.insert(areThereOthers ? .noBackups : .onlyBackups)
        }
        if !rules.limited.isEmpty { filter.insert(.withRoom) }
        return filter
    }

    /// The backends `64 * position ..< 64 * (position + 1)` that `filter` lets through.
    @inline(__always)
    func word(at position: Int, _ filter: CandidateFilter) -> UInt64 {
        filter.isEmpty ? word(at: position) : filteredWord(at: position, filter)
    }

    @inline(never)
    private func filteredWord(at position: Int, _ filter: CandidateFilter) -> UInt64 {
        var word = filter.contains(.unavailable) ? fullWord(at: position) : word(at: position)
        if filter.contains(.noBackups) { word &= ~rules.backups[position] }
        if filter.contains(.onlyBackups) { word &= rules.backups[position] }
        guard filter.contains(.withRoom) else { return word }
        var unsure = word & rules.limited[position]
        let (inFlight, maxima) = (measures.inFlight.row(position), maxima.row(position))
        while unsure != 0 {
            let place = unsure.trailingZeroBitCount
            unsure &= unsure &- 1
            if inFlight[place] >= maxima[place] { word &= ~(1 << UInt64(place)) }
        }
        return word
    }
}
