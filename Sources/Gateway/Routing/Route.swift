// SPDX-License-Identifier: Apache-2.0

/// A route as requests need it: everything in it is bytes and indices. Immutable, shared by all workers.
struct Route: Sendable {
    /// A pool and its share of the requests.
    struct Share: Sendable {
        /// Index in the configuration's pools.
        let pool: Int
        /// The share of this pool and of those ahead of it together, in hundredths of a per cent.
        let upTo: Int
    }

    /// Given by the operator; `nil` where none was.
    let name: [UInt8]?
    /// Empty where the gateway answers itself.
    let shares: [Share]
    let answer: FixedAnswer?
    let edits: RouteEdits?
    let overrides: RouteOverrides
    /// Where copies go, by its index in the configuration's pools; `nil` where no request is copied.
    let mirrorPool: Int?

    /// - Parameters:
    ///   - route: What the configuration says.
    ///   - pools: Indices by name.
    /// - Throws: What a validated configuration rules out: a pool that does not exist, a field that cannot be set.
    init(_ route: RouteConfiguration, pools: [String: Int]) throws(StartError) {
        name = route.name.map { Array($0.utf8) }
        overrides = route.overrides
        edits = try RouteEdits(route.overrides)
        mirrorPool = try route.overrides.mirror.flatMap { mirror throws(StartError) -> Int? in
            let pool = try Route.index(of: mirror.pool, pools, route)
            return mirror.percent.hundredths > 0 ? pool : nil
        }
        switch route.action {
        case .pool(let name):
            shares = [Share(pool: try Route.index(of: name, pools, route), upTo: Percentage.whole.hundredths)]
            answer = nil
        case .split(let targets):
            var sum = 0
            var shares: [Share] = []
            for target in targets where target.percent.hundredths > 0 {
                sum += target.percent.hundredths
                shares.append(Share(pool: try Route.index(of: target.pool, pools, route), upTo: sum))
            }
            guard sum == Percentage.whole.hundredths else {
                let sum = Percentage(hundredths: sum).text
                throw StartError("route \(route.title): its shares make \(sum)% together; they must make 100%")
            }
            self.shares = shares
            answer = nil
        case .redirect(let redirect):
            shares = []
            answer = try FixedAnswer(redirect)
        case .respond(let response):
            shares = []
            answer = try FixedAnswer(response)
        }
    }

    private static func index(
        of pool: String,
        _ pools: [String: Int],
        _ route: RouteConfiguration
    ) throws(StartError) -> Int {
        if let index = pools[pool] { return index }
        throw StartError("route \(route.title): there is no pool \(pool)")
    }
}

/// What a route changes of requests and responses.
final class RouteEdits: Sendable {
    let path: PathRewriter?
    let request: HeaderEditor?
    let response: HeaderEditor?

    /// `nil` where it changes nothing.
    init?(_ overrides: RouteOverrides) throws(StartError) {
        path = try overrides.pathRewrite.map { rewrite throws(StartError) in try PathRewriter(rewrite) }
        request = try HeaderEditor(overrides.requestHeaders, ofRequest: true)
        response = try HeaderEditor(overrides.responseHeaders, ofRequest: false)
        if path == nil && request == nil && response == nil { return nil }
    }
}
