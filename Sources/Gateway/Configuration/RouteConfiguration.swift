// SPDX-License-Identifier: Apache-2.0

/// Which requests are meant, what becomes of them, and what is different for them.
///
/// Conditions that are not given hold for every request.
package struct RouteConfiguration: Sendable, Equatable {
    /// A condition on the path.
    package enum Path: Sendable, Hashable {
        /// The whole path, and nothing more.
        case exact(String)
        /// The path begins with these segments: `/v1` is the prefix of `/v1` and `/v1/x`, not of `/v10`.
        case prefix(String)
    }

    /// A condition on one header field or one parameter of the query.
    package struct Match: Sendable, Hashable {
        package var name: String
        /// `nil`: it need only be there.
        package var value: String?
        /// The value is not to be shown: it came from the environment, as secrets do.
        package var isSecret = false

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    /// What becomes of a request.
    package enum Action: Sendable, Equatable {
        /// It goes to the pool of this name.
        case pool(String)
        /// It goes to one of several pools, by chance.
        case split([SplitTarget])
        case redirect(RedirectConfiguration)
        case respond(FixedResponseConfiguration)
    }

    /// What a route is known by when the configuration changes: its name, or else which requests it is for.
    package enum Identity: Sendable, Hashable {
        case name(String)
        case conditions(hosts: [String], path: Path?, methods: [String], headers: [Match], query: [Match])
    }

    package var identity: Identity {
        if let name { return .name(name) }
        return .conditions(hosts: hosts, path: path, methods: methods, headers: headers, query: query)
    }

    /// For the log and for messages; `nil`: named by its conditions.
    package var name: String?
    /// Exact, or `*.` before a domain for every name below it. In lower case, without a port.
    package var hosts: [String] = []
    package var path: Path?
    package var methods: [String] = []
    package var headers: [Match] = []
    package var query: [Match] = []
    package var action: Action
    package var overrides = RouteOverrides()

    package init(_ action: Action) {
        self.action = action
    }

    /// Takes every request.
    package init(pool: String) {
        self.init(.pool(pool))
    }

    /// The one pool that requests go to; `nil` where there are several or none.
    package var pool: String? {
        if case .pool(let name) = action { name } else { nil }
    }
}

/// A pool and its share of a route's requests.
package struct SplitTarget: Sendable, Equatable {
    package var pool: String
    /// The shares of a route's targets make 100 together.
    package var percent: Percentage

    package init(pool: String, percent: Percentage) {
        self.pool = pool
        self.percent = percent
    }
}

/// Sends a client elsewhere.
package struct RedirectConfiguration: Sendable, Equatable {
    /// Where to, with `{host}`, `{path}` and `{query}` (with its question mark) for those of the request.
    package var location: String
    /// 301, 302, 303, 307 or 308. Default 308.
    package var status: Int

    package init(location: String, status: Int = 308) {
        self.location = location
        self.status = status
    }
}

/// An answer that needs no backend.
package struct FixedResponseConfiguration: Sendable, Equatable {
    /// Default 200.
    package var status = 200
    package var body: [UInt8] = []
    /// Default `text/plain; charset=utf-8`.
    package var contentType = "text/plain; charset=utf-8"
    package var headers: [HeaderEdits.Field] = []

    package init() {}
}
