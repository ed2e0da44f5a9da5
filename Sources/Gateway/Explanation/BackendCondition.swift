// SPDX-License-Identifier: Apache-2.0

/// How a backend is doing, as far as an explanation goes by it.
package struct BackendCondition: Sendable, Equatable {
    /// It may be given requests.
    package var isAvailable: Bool
    /// Requests that it has.
    package var inFlight: Int

    package init(isAvailable: Bool = true, inFlight: Int = 0) {
        self.isAvailable = isAvailable
        self.inFlight = inFlight
    }
}
