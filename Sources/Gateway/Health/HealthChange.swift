// SPDX-License-Identifier: Apache-2.0

/// A backend has come or gone, or its first ping has been answered; what the log tells.
package struct HealthChange: Sendable, Equatable {
    /// The longest reason that is kept, in bytes.
    package static let reasonLimit = 256

    /// ``Backend/index`` of whom it is.
    package let index: Int
    /// Whether it may be given requests from now on.
    package let isHealthy: Bool
    /// Why.
    package let finding: HealthFinding
    /// When, in nanoseconds of the monotonic clock.
    package let time: UInt64

    /// The same of a backend that has another index now.
    func moved(to index: Int) -> HealthChange {
        HealthChange(index: index, isHealthy: isHealthy, finding: finding, time: time)
    }

    init(index: Int, isHealthy: Bool, finding: HealthFinding, time: UInt64) {
        self.index = index
        self.isHealthy = isHealthy
        self.time = time
        // Reasons are the gateway's own words, but some quote what libcurl or a resolver said.
        if case .error(let text) = finding, text.utf8.count > Self.reasonLimit {
            self.finding = .error(String(decoding: text.utf8.prefix(Self.reasonLimit), as: UTF8.self))
        } else {
            self.finding = finding
        }
    }

    /// Why, in words: `status: 200`, `Connection refused`.
    package var reason: String { finding.text }
}

extension HealthFinding {
    /// As the text form of the log has it.
    package var text: String {
        switch self {
        case .status(let status): "status: \(status)"
        case .error(let reason): reason
        }
    }
}
