// SPDX-License-Identifier: Apache-2.0

/// What clients and the log call limits that have no route's name.
package enum LimitName {
    /// The rate limit of all requests.
    static let overall = "default"
    /// That of a route without a name.
    static let nameless = "route"
    /// ``RouteOverrides/concurrencyPerClient``.
    static let concurrency = "concurrency_per_client"

    /// Whose name this is, so that no route with a limit can have it; `nil` if it is free.
    package static func owner(of name: String) -> String? {
        switch name {
        case overall: "the limit at the top of the file"
        case nameless: "that of a route without a name"
        case concurrency: "that of concurrency_per_client"
        default: nil
        }
    }
}
