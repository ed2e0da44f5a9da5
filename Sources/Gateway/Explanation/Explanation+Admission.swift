// SPDX-License-Identifier: Apache-2.0

extension Explanation {
    /// What is asked before a request is let in.
    package struct Admission: Sendable, Equatable, Encodable {
        package var access: Access?
        /// Those that count it, in their order.
        package var rateLimits: [RateLimit] = []
        /// Requests that one client may have at once.
        package var concurrencyPerClient: Int?
        /// How many this one has; `nil` where no gateway runs.
        package var concurrencyNow: Int?
        package var basicAuth: BasicAuth?
    }

    package struct Access: Sendable, Equatable, Encodable {
        package var isAllowed: Bool
        /// The network that decides; `nil` where the client is in none of those named.
        package var network: String?
        /// `allow` or `deny`: the list that names that network.
        package var list: String?
    }

    package struct RateLimit: Sendable, Equatable, Encodable {
        package var name: String
        package var requests: Int
        package var perMs: Int
        package var burst: Int
        /// `client_ip`, `header` or `route`: what requests must have in common to be counted together.
        package var by: String
        /// Of the field, where it is `header`.
        package var header: String?
        /// Whose count this one is part of; `nil` where there is one count for all, or the request has no such field.
        package var key: String?
        /// It is only watched.
        package var isDryRun: Bool
        /// How many may come at once, this one included; `nil` where no gateway runs.
        package var remaining: Int?
        /// When one may come again; `nil` where one may come now, or no gateway runs.
        package var retryAfterMs: Int?
    }

    package struct BasicAuth: Sendable, Equatable, Encodable {
        package enum Credentials: String, Sendable, Encodable {
            case missing, right, wrong
        }

        package var realm: String
        package var credentials: Credentials
        package var user: String?
    }

    /// What the gateway answers by itself.
    package struct Answer: Sendable, Equatable, Encodable {
        package var status: Int
        /// Where a redirect leads.
        package var location: String?
        /// All fields but Date and Connection.
        package var headers: [Field]
        package var bodyBytes: Int
    }

    package struct Field: Sendable, Equatable, Encodable {
        package var name: String
        package var value: String
    }
}
