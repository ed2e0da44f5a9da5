// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

@testable import Gateway

extension ServingWorker {
    /// Serves `origin` as `adjust` says, with a text log.
    convenience init(
        _ origin: FakeOrigin,
        passwords: PasswordChecker = PasswordChecker(),
        adjust: (inout GatewayConfiguration) -> Void
    ) throws {
        var configuration = GatewayConfiguration(backends: [BackendConfiguration(url: .at(origin.endpoint))])
        configuration.log.format = .text
        adjust(&configuration)
        try self.init(configuration, passwords: passwords)
    }

    /// Serves `origin` by one route that says this.
    convenience init(
        routeTo origin: FakeOrigin,
        passwords: PasswordChecker = PasswordChecker(),
        adjust: (inout RouteOverrides) -> Void
    ) throws {
        try self.init(origin, passwords: passwords) { (configuration: inout GatewayConfiguration) in
            adjust(&configuration.routes[0].overrides)
        }
    }
}

/// A GET with these fields.
func get(_ fields: String...) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
}
