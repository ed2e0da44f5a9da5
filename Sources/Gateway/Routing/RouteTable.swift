// SPDX-License-Identifier: Apache-2.0

/// Finds the route of a request. Immutable, shared by all workers.
///
/// Hosts are found by hash, and below a host paths are, so that ten thousand routes cost about what ten do. What has the
/// same host and the same path is looked at in turn. See ``RouteOrder`` for which route wins.
struct RouteTable: Sendable {
    /// What a request is to go by.
    enum Outcome: Equatable {
        /// The index of a route in the configuration.
        case route(Int)
        case noRoute
        case refused(PathProblem)
    }

    /// Routes with the same host.
    struct Group: Sendable {
        /// The group of the next shorter wildcard that holds this wildcard, or -1.
        var parent = -1
        var hasExactPaths = false
        /// A bit for each number of segments that prefixes have; the last one also stands for all above.
        var prefixDepths: UInt64 = 0
        /// The places of those with the prefix `/`, and of those without a path; -1 for none.
        var root = -1
        var any = -1
        /// What a path says makes a difference here.
        var readsPaths = false
    }

    /// Routes with the same host and path.
    struct Place: Sendable {
        /// Of ``candidates``.
        var first = 0
        var count = 0
        /// The place of the next shorter prefix in the group that this prefix begins with, or -1.
        var parent = -1
    }

    /// The route that takes every request, where nothing needs to be looked at for that.
    let everything: Int?
    let hosts: HostIndex
    let paths: ByteIndex
    let groups: [Group]
    let places: [Place]
    /// Indices of routes, those of one place together, in the order in which they are tried.
    let candidates: [Int]
    /// By the index of the route.
    let conditions: [RequestConditions]
    /// What an absolute target without a path means.
    private let noPath = [ASCII.slash]
    /// The group of the routes without a host.
    static let anyHost = 0

    /// Finds the route for `request`, whose bytes these are. `reader` is for paths that are not what they seem.
    func find(_ request: RequestHead, in bytes: Span<UInt8>, _ reader: inout PathReader) -> Outcome {
        if let everything { return .route(everything) }
        let host = hosts.isEmpty ? HostIndex.Found() : hosts.find(bytes, request.host)
        let range = request.path(in: bytes)
        if range.isEmpty { return outcome(find(request, bytes, host, noPath.span)) }
        let path = bytes.extracting(range)
        guard readsPaths(host) else { return outcome(find(request, bytes, host, path)) }
        switch reader.read(path) {
        case .plain: return outcome(find(request, bytes, host, path))
        case .escaped: return outcome(find(request, bytes, host, reader.literal.span))
        case .ambiguous:
            let literal = find(request, bytes, host, reader.literal.span)
            let lenient = find(request, bytes, host, reader.lenient.span)
            return literal == lenient ? outcome(literal) : .refused(.ambiguous)
        case .refused(let problem): return .refused(problem)
        }
    }

    private func outcome(_ route: Int?) -> Outcome {
        route.map { .route($0) } ?? .noRoute
    }

    private func readsPaths(_ host: HostIndex.Found) -> Bool {
        if groups[Self.anyHost].readsPaths { return true }
        if host.exact >= 0, groups[host.exact].readsPaths { return true }
        var group = host.wildcard
        while group >= 0 {
            if groups[group].readsPaths { return true }
            group = groups[group].parent
        }
        return false
    }

    private func find(
        _ request: RequestHead,
        _ bytes: Span<UInt8>,
        _ host: HostIndex.Found,
        _ path: Span<UInt8>
    ) -> Int? {
        if host.exact >= 0, let route = find(request, bytes, path, group: host.exact) { return route }
        var group = host.wildcard
        while group >= 0 {
            if let route = find(request, bytes, path, group: group) { return route }
            group = groups[group].parent
        }
        return find(request, bytes, path, group: Self.anyHost)
    }

    private func find(_ request: RequestHead, _ bytes: Span<UInt8>, _ path: Span<UInt8>, group index: Int) -> Int? {
        let group = groups[index]
        let found = findPath(path, group, index)
        if found.exact >= 0, let route = candidate(at: found.exact, request, bytes) { return route }
        var place = found.prefix
        while place >= 0 {
            if let route = candidate(at: place, request, bytes) { return route }
            place = places[place].parent
        }
        return group.any < 0 ? nil : candidate(at: group.any, request, bytes)
    }

    /// The first route at a place whose other conditions hold.
    private func candidate(at place: Int, _ request: RequestHead, _ bytes: Span<UInt8>) -> Int? {
        let place = places[place]
        for index in place.first..<place.first + place.count {
            let route = candidates[index]
            if conditions[route].isEmpty || conditions[route].hold(for: request, in: bytes) { return route }
        }
        return nil
    }

    // MARK: Paths

    /// The places of a path in a group: its own, and that of the longest prefix; -1 for none.
    private func findPath(_ path: Span<UInt8>, _ group: Group, _ index: Int) -> (exact: Int, prefix: Int) {
        // Only `*`, of OPTIONS, does not begin so.
        let isPath = path[0] == ASCII.slash
        var prefix = isPath ? group.root : -1
        let depths = isPath ? group.prefixDepths : 0
        guard group.hasExactPaths || depths != 0 else { return (-1, prefix) }
        var space = RouteTable.prefixSpace(index)
        var hash = ByteHash()
        var depth = 0
        var position = 0
        while position < path.count {
            hash.add(path[position])
            position += 1
            guard position == path.count || path[position] == ASCII.slash else { continue }
            depth += 1
            guard depths & RouteTable.bit(depth) != 0 else { continue }
            let segments = path.extracting(first: position)
            if let place = paths.find(hash.value(in: space), space: space, where: { $0.isSame(as: segments) }) {
                prefix = place
            }
        }
        guard group.hasExactPaths else { return (-1, prefix) }
        space = RouteTable.exactSpace(index)
        let exact = paths.find(hash.value(in: space), space: space) { $0.isSame(as: path) }
        return (exact ?? -1, prefix)
    }

    /// Where paths and prefixes of a group stand in ``paths``.
    static func exactSpace(_ group: Int) -> Int { 2 * group }
    static func prefixSpace(_ group: Int) -> Int { 2 * group + 1 }
    /// Of ``Group/prefixDepths``.
    static func bit(_ depth: Int) -> UInt64 { 1 &<< UInt64(min(depth, 63)) }
}
