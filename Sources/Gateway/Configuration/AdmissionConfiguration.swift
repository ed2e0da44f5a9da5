// SPDX-License-Identifier: Apache-2.0

/// How many requests may come within a time.
package struct RateLimitConfiguration: Sendable, Equatable {
    /// Whose requests are counted together.
    package enum Key: Sendable, Equatable {
        /// Those of one client address, or one IPv6 network of 64 bits.
        case clientAddress
        /// Those with the same value of a header field; those without it count together.
        case header(String)
        /// All that the limit applies to.
        case all
    }

    /// How many come within ``period`` in the long run.
    package var requests: Int
    /// Default 1 s.
    package var period: Duration
    /// How many may come at once after a pause. Default: ``requests``.
    package var burst: Int
    /// Default: the client's address.
    package var key: Key
    /// Only log what would have been rejected. Default false.
    package var isDryRun: Bool

    package init(
        requests: Int,
        period: Duration = .seconds(1),
        burst: Int? = nil,
        key: Key = .clientAddress,
        isDryRun: Bool = false
    ) {
        self.requests = requests
        self.period = period
        self.burst = burst ?? requests
        self.key = key
        self.isDryRun = isDryRun
    }
}

/// Who may come, by address. The most specific network that a client is in decides; in none, it may come unless ``allow``
/// names others. A network in both lists is denied.
package struct AccessConfiguration: Sendable, Equatable {
    package var allow: [IPNetwork] = []
    package var deny: [IPNetwork] = []

    package init() {}
}

/// Who may come, by name and password (RFC 7617).
package struct BasicAuthConfiguration: Sendable, Equatable {
    /// What the browser shows. Default `restricted`.
    package var realm = "restricted"
    /// Hashes by user name, as crypt(5) writes them: bcrypt, yescrypt, SHA-512.
    package var users: [String: String] = [:]

    package init() {}
}
