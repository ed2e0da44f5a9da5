// SPDX-License-Identifier: Apache-2.0

/// What lasts of a backend while the configuration around it changes: where its requests are counted and its answers
/// measured.
///
/// A backend is the same as long as its pool keeps its name and it is reached in the same way, by URL and options, whatever
/// credentials it is shown (``BackendOptions/withoutCredentials``). It may
/// change its place in the pool, its weight and its limits; a request that began before the change and one that began after
/// it are counted in one number.
final class BackendRecord: Sendable {
    /// Words of several backends side by side, since strategies look at all of a pool.
    final class Block: Sendable {
        let inFlight: AtomicWords
        let latency: AtomicWords
        let beginnings: AtomicWords

        init(count: Int) {
            inFlight = AtomicWords(count: count)
            latency = AtomicWords(count: count)
            beginnings = AtomicWords(count: count)
        }
    }

    let block: Block
    /// Within the block.
    let index: Int

    private init(_ block: Block, _ index: Int) {
        self.block = block
        self.index = index
    }

    /// Those of the backends of a pool, in their order: for those that `previous` has too, the ones that it has.
    static func records(for backends: [BackendConfiguration], after previous: BackendPool?) -> [BackendRecord] {
        var known: [UInt64: [Backend]] = [:]
        // The same backend a second time is another one.
        for backend in (previous?.backends ?? []).reversed() { known[backend.identity, default: []].append(backend) }
        let kept = backends.map { configuration -> BackendRecord? in
            let identity = configuration.identity
            let index = known[identity]?.lastIndex { $0.isReached(as: configuration) }
            return index.flatMap { known[identity]?.remove(at: $0).record }
        }
        let block = Block(count: kept.count { $0 == nil })
        var used = 0
        return kept.map { record in
            if let record { return record }
            used += 1
            return BackendRecord(block, used - 1)
        }
    }
}

extension Backend {
    fileprivate func isReached(as configuration: BackendConfiguration) -> Bool {
        url == configuration.url && options.withoutCredentials == configuration.options.withoutCredentials
    }
}
