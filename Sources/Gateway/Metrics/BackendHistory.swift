// SPDX-License-Identifier: Apache-2.0

/// How the last five minutes of one backend went, a point for every few seconds: at most ``limit`` of them, 960 bytes.
///
/// Pure: it is told the points.
package struct BackendHistory: Sendable {
    /// How many points are remembered.
    package static let limit = 60

    /// What happened between two looks at the counters.
    package struct Point: Sendable, Equatable {
        /// Attempts that ended.
        package var requests: UInt32 = 0
        /// Those of them that failed.
        package var failures: UInt32 = 0
        /// Seconds to the first byte that half and 99 of 100 did not exceed; `nan` where nothing was answered.
        package var p50 = Float.nan
        package var p99 = Float.nan

        package init(requests: UInt32 = 0, failures: UInt32 = 0, p50: Float = .nan, p99: Float = .nan) {
            self.requests = requests
            self.failures = failures
            self.p50 = p50
            self.p99 = p99
        }
    }

    private var kept: [Point] = []
    private var next = 0

    package init() {}

    mutating func add(_ point: Point) {
        if kept.count < Self.limit {
            kept.append(point)
        } else {
            kept[next] = point
            next = (next + 1) % Self.limit
        }
    }

    /// The oldest first.
    package var points: [Point] { Array(kept[next...] + kept[..<next]) }
}
