// SPDX-License-Identifier: Apache-2.0

extension HTTPLimits {
    /// Limits for requests, as configured.
    init(_ limits: LimitsConfiguration) {
        self.init(
            headerBytes: limits.headerBytes,
            headerCount: limits.headerCount,
            requestLineBytes: limits.requestLineBytes,
            trailerBytes: limits.trailerBytes,
            trailerCount: limits.trailerCount
        )
    }

    /// Limits for what backends send, as configured.
    init(ofResponses limits: LimitsConfiguration) {
        self.init(
            headerBytes: limits.responseHeaderBytes,
            headerCount: limits.responseHeaderCount,
            trailerBytes: limits.trailerBytes,
            trailerCount: limits.trailerCount
        )
    }
}
