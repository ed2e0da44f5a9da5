// SPDX-License-Identifier: Apache-2.0

/// Where the gateway tells what it knows, and whom.
package struct AdminConfiguration: Sendable, Equatable {
    /// The address that the metrics and the admin API are served on.
    package var listen: ListenAddress
    /// What whoever asks must show, as a bearer token; `nil` for nothing, which only a loopback address may do with.
    package var token: String?

    package init(listen: ListenAddress, token: String? = nil) {
        self.listen = listen
        self.token = token
    }
}
