// SPDX-License-Identifier: Apache-2.0

/// How many connections each client has, exact over all workers.
///
/// It is asked when a connection begins and when it ends, never for a request, and holds only clients that have a
/// connection: so it is as large as the number of connections allows, whatever addresses they come from.
final class ClientTable: Sendable {
    /// Each client belongs to one of them, so that workers seldom wait for one another.
    private let shards: [Locked<[IPAddress: Int]>]

    init() {
        shards = (0..<16).map { _ in Locked([:]) }
    }

    /// Counts a connection, unless the client has as many as it may.
    ///
    /// - Parameters:
    ///   - client: See ``IPAddress/client``.
    ///   - maximum: How many it may have.
    /// - Returns: Whether it was counted.
    func admit(_ client: IPAddress, atMost maximum: Int) -> Bool {
        shard(of: client).withLock { counts in
            let count = counts[client, default: 0]
            guard count < maximum else { return false }
            counts[client] = count + 1
            return true
        }
    }

    /// A connection that was counted is over.
    func release(_ client: IPAddress) {
        shard(of: client).withLock { counts in
            guard let count = counts[client] else { return }
            counts[client] = count > 1 ? count - 1 : nil
        }
    }

    /// How many connections the client has.
    func count(of client: IPAddress) -> Int {
        shard(of: client).withLock { $0[client] ?? 0 }
    }

    /// How many clients have a connection; for tests.
    var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.withLock { $0.count } }
    }

    private func shard(of client: IPAddress) -> Locked<[IPAddress: Int]> {
        // Hashes are seeded: nobody can choose addresses that all meet in one place.
        shards[client.hashValue & 15]
    }
}
