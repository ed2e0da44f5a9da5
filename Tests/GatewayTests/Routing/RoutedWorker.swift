// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

@testable import Gateway

extension ServingWorker {
    /// Serves these routes, with a pool for each origin that is called by its place.
    convenience init(
        _ routes: [RouteConfiguration],
        _ origins: [FakeOrigin],
        limits: LimitsConfiguration = LimitsConfiguration(),
        trusted: TrustedProxies = TrustedProxies(),
        logFormat: LogConfiguration.Format = .text
    ) throws {
        let pools = origins.enumerated().map { index, origin in
            PoolConfiguration(name: "\(index)", backends: [BackendConfiguration(url: .at(origin.endpoint))])
        }
        try self.init(
            GatewayConfiguration(trustedProxies: trusted, limits: limits, pools: pools, routes: routes),
            logFormat: logFormat
        )
    }
}

/// Head and body as text, with `#` for the date.
func dateless(_ response: ReceivedResponse) -> String {
    let lines = (response.headText + response.text).components("\r\n")
    return lines.map { $0.hasPrefix("Date: ") ? "Date: #" : $0 }.joined(separator: "\r\n")
}
