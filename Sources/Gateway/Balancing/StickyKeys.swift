// SPDX-License-Identifier: Apache-2.0

/// What the strategies that hash have in common: like requests to the same backend, as long as that may be had.
struct StickyKeys: Sendable {
    private let table: KeyTable

    init(_ backends: [BackendConfiguration]) {
        table = KeyTable(backends)
    }

    /// The first backend of the request's key that is a candidate and has room.
    ///
    /// A backend that starts slowly is given back its keys one by one: each has a moment of its own. Until then they are
    /// where they were while it was away.
    ///
    /// - Parameters:
    ///   - candidates: Of the pool that the table is of.
    ///   - request: Its hash is the key.
    ///   - hasRoom: Whether the candidate with this index may have one more request.
    /// - Returns: The backend; where none has room, one that has not; `nil` when there are no candidates.
    @inline(__always)
    func pick(among candidates: Candidates, for request: RequestKey, hasRoom: (Int) -> Bool) -> Backend? {
        guard !candidates.isEmpty else { return nil }
        let pool = candidates.pool
        let index = table.first(of: request.hash) { index, hash in
            guard candidates.contains(index) else { return false }
            // Slots are the lowest bits; these are the highest.
            guard hash >> 56 < pool.progress(of: index, at: request.time) else { return false }
            return hasRoom(index)
        }
        let found =
            index ?? table.best(of: request.hash, among: candidates, where: hasRoom)
            ?? table.best(of: request.hash, among: candidates) { _ in true }
        return found.map { pool.backends[$0] }
    }
}
