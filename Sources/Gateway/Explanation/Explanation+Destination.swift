// SPDX-License-Identifier: Apache-2.0

extension Explanation {
    /// A pool that the request may go to, and all that holds for it there.
    package struct Destination: Sendable, Equatable, Encodable {
        package var pool: String
        /// The share of the route's requests that go there.
        package var percent: Percentage
        package var strategy: String
        /// What decides among backends that may all be picked.
        package var basis: StrategyRegistry.Basis
        /// What the strategy goes by, where that is ``StrategyRegistry/Basis/key``.
        package var key: Key?
        package var sticky: Sticky?
        /// How the backends are doing is known; if not, all are taken to be well and idle.
        package var isStateKnown: Bool
        /// In the order of the file.
        package var backends: [Backend]
        /// `reject` or `try_anyway`.
        package var whenAllDown: String
        package var limits: Limits
        package var timeouts: Timeouts
        package var retry: Retry
    }

    package struct Key: Sendable, Equatable, Encodable {
        /// `client_ip`, `path`, `header NAME` or `cookie NAME`.
        package var by: String
        package var value: String
        /// The request has nothing of that kind, so that the client's address stands in.
        package var isStandIn: Bool
    }

    package struct Sticky: Sendable, Equatable, Encodable {
        package enum State: String, Sendable, Encodable {
            /// The request has no such cookie: it gets one with the answer.
            case absent
            /// It names a backend of the pool.
            case valid
            /// It is over, was not signed with this secret, or names a backend that is gone.
            case invalid
            /// The secret is made when a gateway starts, and no other process knows it.
            case unverifiable
        }

        package var cookie: String
        package var state: State
        package var backend: String?
    }

    package struct Backend: Sendable, Equatable, Encodable {
        /// As the admin API has it.
        package var id: String
        package var url: String
        /// When the request would get there, counted from 1: where there is a 2, that is where it goes should 1 fail, as far as
        /// it is retried. `nil` where it cannot be said, or it would not get there. No more than a hundred are told.
        package var rank: Int?
        package var weight: Int
        /// It has requests only while no other is available.
        package var isBackup: Bool
        package var maxConnections: Int?
        /// It may have new requests, as far as the configuration and operators go.
        package var isEnabled: Bool
        /// It has new requests: it is enabled, and in rotation.
        package var isAvailable: Bool
        /// `healthy`, `unhealthy`, `ejected` or `unknown`; `nil` where no gateway runs.
        package var state: String?
        /// Why it last came or went.
        package var reason: String?
        package var inFlight: Int
        /// What it is sent as Host in place of the client's.
        package var host: String?
        /// Its requests are signed for AWS, by fields that are not among those that are told of.
        package var isSigned: Bool
    }

    /// How many requests there may be at once.
    package struct Limits: Sendable, Equatable, Encodable {
        package var activeRequests: Int?
        /// It follows how fast the backends are.
        package var isAdaptive: Bool
        /// How many may wait for a backend with room; `nil` where no backend has a limit, so that none ever waits.
        package var queueSize: Int?
        package var queueTimeoutMs: Int?
        // What is there now; `nil` where no gateway runs, or nothing is limited.
        /// Requests that the pool has.
        package var active: Int?
        /// How many it may have now.
        package var currentLimit: Int?
        /// How many wait for a backend with room.
        package var queued: Int?
    }

    package struct Timeouts: Sendable, Equatable, Encodable {
        package var connectMs: Int
        package var firstByteMs: Int
        package var idleMs: Int
        /// `nil` for none. It does not hold for tunnels.
        package var totalMs: Int?
        /// Of a tunnel; `nil` where the request asks for none.
        package var tunnelMs: Int?
        /// Between two reads of the request's body; `nil` where it has none.
        package var bodyMs: Int?
    }

    /// What is done when a backend fails the request.
    package struct Retry: Sendable, Equatable, Encodable {
        package enum Repeatable: String, Sendable, Encodable {
            /// By its method.
            case method
            /// It has an Idempotency-Key.
            case idempotencyKey = "idempotency_key"
            /// The configuration says so.
            case configuration
            case no
        }

        /// In all, the first one included.
        package var attempts: Int
        /// Why it may be sent again though a backend may have acted upon it.
        package var repeatable: Repeatable
        /// What this request is sent again for: `connect`, `reset`, `timeout` and statuses.
        package var on: [String]
        /// What the configuration says and does not hold for this request, since it may not be repeated.
        package var notOn: [String]
        /// Of the body; with more than that it is sent again only if nothing of it was taken. `nil` where it has none.
        package var bodyBuffer: Int?
        package var perTryMs: Int?
        /// When it is sent to a second backend too; `nil` for never.
        package var hedgeAfterMs: Int?
    }
}
