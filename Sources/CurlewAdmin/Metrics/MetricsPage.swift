// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What `/metrics` answers.
///
/// Whoever asks often gets the same text again for a while: making it may take a hundredth of the thread's time and no more.
/// With a few backends that is some milliseconds, with a thousand of them some seconds.
struct MetricsPage {
    private struct Form: Hashable {
        let isOpenMetrics: Bool
        let isPacked: Bool
    }

    private struct Copy {
        let bytes: [UInt8]
        let until: ContinuousClock.Instant
    }

    private let version: String
    private let process = ProcessFigures()
    private var copies: [Form: Copy] = [:]

    private static let longest = Duration.seconds(5)
    private static let share = 100

    init(version: String) {
        self.version = version
    }

    mutating func response(_ monitor: GatewayMonitor, accept: String?, encoding: String?) -> LocalResponse {
        let form = Form(
            isOpenMetrics: accept?.contains("application/openmetrics-text") == true,
            isPacked: MetricsPage.takesGzip(encoding)
        )
        let began = ContinuousClock.now
        if let copy = copies[form], began < copy.until { return response(copy.bytes, form) }
        var bytes = text(of: monitor, form.isOpenMetrics)
        if form.isPacked { bytes = Gzip.pack(bytes) }
        let ended = ContinuousClock.now
        let rest = min(MetricsPage.longest, (ended - began) * MetricsPage.share)
        copies[form] = Copy(bytes: bytes, until: ended + rest)
        return response(bytes, form)
    }

    private func response(_ bytes: [UInt8], _ form: Form) -> LocalResponse {
        let type: StaticString =
            form.isOpenMetrics
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8"
        var fields = [LocalResponse.Field("Vary", "Accept, Accept-Encoding")]
        if form.isPacked { fields.append(.init("Content-Encoding", "gzip")) }
        return .admin(bytes, contentType: type, fields: fields)
    }

    /// Whether an Accept-Encoding names gzip, and not to say that it is not wanted (RFC 9110 §12.5.3).
    static func takesGzip(_ encoding: String?) -> Bool {
        guard let encoding else { return false }
        return encoding.lowercased().split(separator: ",").contains { item in
            let parts = item.split(separator: ";").map { String($0.filter { $0 != " " && $0 != "\t" }) }
            guard parts.first == "gzip" else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=0") && !$0.contains { ("1"..."9").contains($0) } }
        }
    }

    // MARK: Text

    private func text(of monitor: GatewayMonitor, _ isOpenMetrics: Bool) -> [UInt8] {
        let status = monitor.status
        let pools = monitor.pools
        let lines = pools.reduce(100) { $0 + 200 + 60 * $1.backends.count }
        var text = MetricsText(isOpenMetrics: isOpenMetrics, capacity: 120 * lines)
        write(status, isReady: monitor.isReady, to: &text)
        write(monitor.limits, to: &text)
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

    /// Limits of the same name, as those of all routes without one, are one.
    private func write(_ limits: [LimitReport], to text: inout MetricsText) {
        var names: [String] = []
        var sums: [String: (decided: UInt64, exceeded: UInt64)] = [:]
        for limit in limits {
            if sums[limit.name] == nil { names.append(limit.name) }
            sums[limit.name, default: (0, 0)].decided += limit.decided
            sums[limit.name, default: (0, 0)].exceeded += limit.exceeded
        }
        text.begin(.limited)
        for name in names { text.sample(sums[name]?.decided ?? 0, MetricsText.label("limit", name)) }
        text.begin(.exceeded)
        for name in names { text.sample(sums[name]?.exceeded ?? 0, MetricsText.label("limit", name)) }
    }
}
