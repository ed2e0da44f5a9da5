// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What `/metrics` answers.
///
/// Whoever asks often gets the same text again for a while: making it may take a hundredth of the thread's time and no more.
/// With a few backends that is some milliseconds, with a thousand of them about a second.
struct MetricsPage {
    private struct Copy {
        let bytes: [UInt8]
        let until: ContinuousClock.Instant
    }

    private let version: String
    private let process = ProcessFigures()
    private var copies: [Bool: Copy] = [:]

    private static let longest = Duration.seconds(1)
    private static let share = 100

    init(version: String) {
        self.version = version
    }

    mutating func response(_ monitor: GatewayMonitor, accept: String?) -> LocalResponse {
        let isOpenMetrics = accept?.contains("application/openmetrics-text") == true
        let began = ContinuousClock.now
        if let copy = copies[isOpenMetrics], began < copy.until { return response(copy.bytes, isOpenMetrics) }
        let bytes = text(of: monitor, isOpenMetrics)
        let ended = ContinuousClock.now
        let rest = min(MetricsPage.longest, (ended - began) * MetricsPage.share)
        copies[isOpenMetrics] = Copy(bytes: bytes, until: ended + rest)
        return response(bytes, isOpenMetrics)
    }

    private func response(_ bytes: [UInt8], _ isOpenMetrics: Bool) -> LocalResponse {
        let type: StaticString =
            isOpenMetrics
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8"
        return .admin(bytes, contentType: type)
    }

    // MARK: Text

    private func text(of monitor: GatewayMonitor, _ isOpenMetrics: Bool) -> [UInt8] {
        let status = monitor.status
        let pools = monitor.pools
        let lines = pools.reduce(100) { $0 + 200 + 60 * $1.backends.count }
        var text = MetricsText(isOpenMetrics: isOpenMetrics, capacity: 120 * lines)
        write(status, isReady: monitor.isReady, to: &text)
        PoolLines(pools, unpooled: monitor.unpooled).write(to: &text)
        BackendLines(pools).write(to: &text)
        process.write(to: &text)
        text.end()
        return text.bytes
    }

    private func write(_ status: GatewayStatus, isReady: Bool, to text: inout MetricsText) {
        text.begin(.buildInfo)
        text.sample(1, MetricsText.label("version", version), MetricsText.label("libcurl", status.libcurl))
        text.begin(.ready)
        text.sample(isReady ? 1 : 0)
        text.begin(.configurations)
        text.sample(UInt64(status.configuration))
        text.begin(.connections)
        text.sample(UInt64(max(0, status.openConnections)))
        text.begin(.accepted)
        text.sample(status.counters[WorkerLayout.accepted])
        text.begin(.refused)
        for refusal in ConnectionRefusal.allCases {
            let count = status.counters[WorkerLayout.refused + refusal.rawValue]
            text.sample(count, MetricsText.label("reason", refusal.label))
        }
        text.begin(.droppedRecords)
        text.sample(UInt64(status.droppedRecords))
    }
}
