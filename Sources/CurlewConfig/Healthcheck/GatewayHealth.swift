// SPDX-License-Identifier: Apache-2.0

/// What a gateway at work has said of itself.
package enum GatewayHealth: Sendable, Equatable, CustomStringConvertible {
    /// It serves whoever comes.
    case serves
    /// It serves as many clients as it may.
    case full
    /// It serves as many connections from this machine's address as it may.
    case fullForThisClient

    /// One line.
    package var description: String {
        switch self {
        case .serves: "healthy"
        case .full: "healthy, but every connection that limits.connections allows is taken"
        case .fullForThisClient:
            "healthy, but every connection that limits.connections_per_client allows this address is taken"
        }
    }

    /// How a gateway says that it has no place for another client: a status, and the error type in its Proxy-Status.
    static let refusals: [(status: Int, error: String, health: GatewayHealth)] = [
        (503, "connection_limit_reached", .full),
        (429, "http_request_denied", .fullForThisClient),
    ]
}
