// SPDX-License-Identifier: Apache-2.0

import Gateway

extension BackendConfiguration {
    /// The backends of a gateway that has been told of none: those of the quick start.
    static let defaults = [3001, 3002, 3003].map { port in
        BackendConfiguration(
            url: BackendURL(
                scheme: .http,
                endpoint: .tcp(host: "localhost", port: port),
                description: "http://localhost:\(port)"
            )
        )
    }
}
