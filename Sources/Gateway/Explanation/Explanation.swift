// SPDX-License-Identifier: Apache-2.0

/// What would become of one request, and why: everything that the gateway would decide, in the order in which it does.
///
/// The names and the nesting are those of the JSON form, in snake_case there; what does not apply is `nil` and left out.
package struct Explanation: Sendable, Equatable, Encodable {
    /// The form of this value. A higher number means that something has another name or meaning; more may be added any time.
    package let schema = 1
    package var request: Request
    package var client: Client
    package var result: Result
    /// `nil` where it does not come so far.
    package var route: Route?
    /// Routes that it does not go by, the nearest first; see ``passedOverInAll``.
    package var passedOver: [PassedOver] = []
    /// How many there are with those that are not told of.
    package var passedOverInAll = 0
    /// `nil` where nothing is asked, or it does not come so far.
    package var admission: Admission?
    /// What the gateway answers by itself, where a route says so.
    package var answer: Answer?
    /// `nil` where it goes to no backend.
    package var forwarding: Forwarding?

    /// The request as it was understood.
    package struct Request: Sendable, Equatable, Encodable {
        package var method: String
        /// As it would stand in the request line.
        package var target: String
        /// Without a port; `nil` where it has none.
        package var host: String?
        package var path: String
        package var body: Body?
        /// It asks to change protocols, and is forwarded so: WebSocket and the like.
        package var isUpgrade = false
    }

    package struct Body: Sendable, Equatable, Encodable {
        package var isChunked: Bool
        /// `nil` where it is not said beforehand.
        package var bytes: UInt64?
    }

    /// Whom it is from.
    package struct Client: Sendable, Equatable, Encodable {
        package enum Source: String, Sendable, Encodable {
            /// Whoever has connected.
            case connection
            case forwardedFor = "x-forwarded-for"
            case forwarded
        }

        /// Who connects.
        package var connection: String
        /// What that one says of its own client counts (`trusted_proxies`).
        package var isTrustedProxy: Bool
        /// Who counts as the client.
        package var address: String
        package var source: Source
    }

    /// What becomes of it.
    package struct Result: Sendable, Equatable, Encodable {
        package enum Kind: String, Sendable, Encodable {
            /// It goes to a backend.
            case forwarded
            /// The gateway answers as the route says, or as Max-Forwards demands.
            case answered
            /// The gateway answers with an error.
            case refused
        }

        /// Where it ends.
        package enum Stage: String, Sendable, Encodable {
            case parsing, routing, body, access
            case rateLimit = "rate_limit"
            case concurrency, password, availability
            case maxForwards = "max_forwards"
            case route, backend
        }

        package var kind: Kind
        package var stage: Stage
        /// `nil` where a backend decides.
        package var status: Int?
        /// Why it is refused.
        package var reason: String?
        /// The error of `Proxy-Status` (RFC 9209).
        package var proxyStatus: String?
    }

    // MARK: Routes

    package struct Route: Sendable, Equatable, Encodable {
        /// In the order of the file, counted from 1.
        package var number: Int
        /// Its name, or else its conditions on one line.
        package var title: String
        /// Its place in the order in which routes are tried, counted from 1. A route with several hosts is tried for each.
        package var place: Int
        /// How many places there are.
        package var places: Int
        /// All are met. None: it takes every request.
        package var conditions: [Condition]
    }

    /// One thing that a route demands.
    package struct Condition: Sendable, Equatable, Encodable {
        package enum Kind: String, Sendable, Encodable {
            case host, path
            case exactPath = "exact_path"
            case method, header, query
        }

        package var kind: Kind
        /// Of the header field or the parameter.
        package var name: String?
        /// `*` for a header field or parameter that need only be there.
        package var wanted: String
        /// What the request has; `nil` where it has nothing of the kind.
        package var found: String?
        package var isMet: Bool
    }

    package struct PassedOver: Sendable, Equatable, Encodable {
        package enum Reason: String, Sendable, Encodable {
            /// Some of its conditions are not met.
            case unmet
            /// It fits too, and its turn comes later.
            case later
        }

        package var number: Int
        package var title: String
        package var reason: Reason
        /// Those that are not met.
        package var unmet: [Condition]
    }
}
