// SPDX-License-Identifier: Apache-2.0

extension Explanation {
    /// What goes on to a backend, and where to.
    package struct Forwarding: Sendable, Equatable, Encodable {
        /// Path and query as they came.
        package var target: String
        /// As the backend is sent them.
        package var backendTarget: String
        /// What the backend is sent other than what came, but for Content-Length, Transfer-Encoding and Expect, which say how
        /// the body is sent. For the first backend, where they differ.
        package var requestHeaders: [HeaderChange]
        /// What the route changes of the answer.
        package var responseHeaders: [HeaderEdit]
        /// One pool, or those among which the route splits its requests.
        package var destinations: [Destination]
        package var mirror: Mirror?
        /// Bytes that the request's body may have; `nil` for no limit.
        package var bodyLimit: Int?
    }

    package struct HeaderChange: Sendable, Equatable, Encodable {
        package enum Cause: String, Sendable, Encodable {
            /// The gateway does so with every such request.
            case gateway
            /// The route says so.
            case route
        }

        /// As the backend is sent it, or as it came.
        package var name: String
        /// `nil`: it is added.
        package var before: String?
        /// `nil`: it is removed.
        package var after: String?
        package var cause: Cause
    }

    package struct HeaderEdit: Sendable, Equatable, Encodable {
        package enum Action: String, Sendable, Encodable {
            case remove, set, add
        }

        package var action: Action
        package var name: String
        package var value: String?
    }

    package struct Mirror: Sendable, Equatable, Encodable {
        package var pool: String
        package var percent: Percentage
        /// Copies that there may be at once.
        package var concurrency: Int
        /// Why none is made of this request; `nil` where there is one, if chance will.
        package var obstacle: String?
    }
}
