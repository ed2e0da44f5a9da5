// SPDX-License-Identifier: Apache-2.0

/// The order in which routes are tried: the most specific first, wherever it stands in the file.
///
/// An exact host comes before a wildcard, the wildcard with more labels before the one with fewer, and both before any
/// host; within one host an exact path before prefixes, the longest prefix first, and then any path; within one path the
/// routes that name methods, then those with more header fields, then those with more parameters of the query; and at
/// last the order of the file. (The Gateway API of Kubernetes orders its HTTPRoute the same way.)
package struct RouteOrder: Sendable {
    /// A route under one of its hosts. One with several hosts stands in the order once for each, since these may be of
    /// different kinds.
    package struct Entry: Sendable, Equatable {
        /// The index of the route in the order of the file.
        package let route: Int
        /// Exact or with `*.` before it; `nil` for any host.
        package let host: String?

        package init(route: Int, host: String?) {
            self.route = route
            self.host = host
        }
    }

    /// Every route under each of its hosts, the one that is tried first at the front.
    package static func entries(of routes: [RouteConfiguration]) -> [Entry] {
        let ranked = routes.enumerated().flatMap { index, route in
            let hosts: [String?] = route.hosts.isEmpty ? [nil] : route.hosts
            return hosts.map { (rank(of: route, host: $0, index: index), Entry(route: index, host: $0)) }
        }
        return ranked.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
    }

    /// What decides, weightiest first; smaller is tried earlier. The index of the route is last, so no two are equal but
    /// those of one route.
    private static func rank(of route: RouteConfiguration, host: String?, index: Int) -> [Int] {
        [
            host.map { $0.hasPrefix("*.") ? 1 : 0 } ?? 2,
            // Only wildcards can hold one another; of two exact hosts one at most is the request's.
            host.map { $0.hasPrefix("*.") ? -$0.utf8.count(where: { $0 == UInt8(ascii: ".") }) : 0 } ?? 0,
            pathRank(route.path),
            route.methods.isEmpty ? 1 : 0,
            -route.headers.count,
            -route.query.count,
            index,
        ]
    }

    /// Of two prefixes of one path the longer has more segments, so bytes need only be counted. A slash at the end is
    /// none of them.
    private static func pathRank(_ path: RouteConfiguration.Path?) -> Int {
        switch path {
        case .exact: .min
        case .prefix("/"): -1
        case .prefix(let prefix): -(prefix.utf8.count - (prefix.hasSuffix("/") ? 1 : 0))
        case nil: 0
        }
    }
}

extension RouteConfiguration {
    /// Whether every request fits.
    package var isCatchAll: Bool {
        hosts.isEmpty && path == nil && methods.isEmpty && headers.isEmpty && query.isEmpty
    }

    /// Its name, or else its conditions on one line: `GET api.example.com/v1/*`.
    package var title: String { name ?? conditions }

    private var conditions: String {
        guard !isCatchAll else { return "every request" }
        let host = hosts.joined(separator: ",")
        let path =
            switch path {
            case .exact(let path): path
            case .prefix("/"), nil: "/*"
            case .prefix(let path): path + (path.hasSuffix("/") ? "*" : "/*")
            }
        let query = query.map { "\($0.name)=\($0.shownValue)" }
        let target = host + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let words = (methods.isEmpty ? [] : [methods.joined(separator: ",")]) + [target]
        return (words + headers.map { "\($0.name):\($0.shownValue)" }).joined(separator: " ")
    }
}

extension RouteConfiguration.Match {
    /// The value for people to see: `*` for any, `***` for one that is nobody's business.
    package var shownValue: String { isHidden && value != nil ? "***" : value ?? "*" }

    /// The value came from the environment, or is of a field that is there for secrets.
    var isHidden: Bool { isSecret || LogRedaction.isCredential(name) }
}
