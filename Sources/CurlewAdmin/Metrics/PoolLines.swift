// SPDX-License-Identifier: Apache-2.0

import Gateway

/// The metrics of pools.
struct PoolLines {
    private struct Row {
        let labels: MetricsText.Labels
        let counters: [UInt64]
        /// `nil` for the requests that go to none.
        let pool: PoolReport?
    }

    private let rows: [Row]

    init(_ pools: [PoolReport], unpooled: [UInt64]) {
        rows =
            pools.map { Row(labels: MetricsText.label("pool", $0.name), counters: $0.counters, pool: $0) }
            + [Row(labels: MetricsText.label("pool", ""), counters: unpooled, pool: nil)]
    }

    func write(to text: inout MetricsText) {
        requests(to: &text)
        text.begin(.requestErrors)
        for row in rows {
            for reason in FailureReason.allCases where row.counters[PoolLayout.errors + reason.rawValue] > 0 {
                let label = MetricsText.label("reason", reason.label)
                text.sample(row.counters[PoolLayout.errors + reason.rawValue], row.labels, label)
            }
        }
        text.begin(.requestDuration)
        for row in rows { text.histogram(row.counters, at: PoolLayout.duration, row.labels, HistogramBound.ofPools) }
        counter(.requestBytes, PoolLayout.bytesReceived, to: &text)
        counter(.responseBytes, PoolLayout.bytesSent, to: &text)
        text.begin(.inFlight)
        for row in rows { if let pool = row.pool { text.sample(UInt64(pool.inFlight), row.labels) } }
        counter(.retries, PoolLayout.retries, to: &text)
        counter(.hedges, PoolLayout.hedges, to: &text)
        counter(.mirrored, PoolLayout.mirrored, to: &text)
        text.begin(.queued)
        for row in rows { if let length = row.pool?.queueLength { text.sample(UInt64(max(0, length)), row.labels) } }
        text.begin(.queueWait)
        for row in rows where row.pool?.queueLength != nil {
            text.histogram(row.counters, at: PoolLayout.queueWait, row.labels, HistogramBound.ofPools)
        }
    }

    /// Of the combinations of method and class those that have come, and those of a GET in any case.
    private func requests(to text: inout MetricsText) {
        text.begin(.requests)
        for row in rows {
            for (method, name) in PoolLines.methods.enumerated() {
                for digit in 0..<PoolLayout.classes {
                    let count = row.counters[PoolLayout.requests + method * PoolLayout.classes + digit]
                    guard count > 0 || (method == 0 && digit > 1 && row.pool != nil) else { continue }
                    let labels = row.labels + [UInt8(ascii: ",")] + name
                    text.sample(count, labels, PoolLines.codes[digit])
                }
            }
        }
    }

    private static let methods = Method.allCases.map { method in
        MetricsText.label("method", method == .other ? "other" : "\(method)".uppercased())
    }
    private static let codes = (0..<PoolLayout.classes).map { MetricsText.label("code", $0 == 0 ? "none" : "\($0)xx") }

    private func counter(_ family: MetricFamily, _ index: Int, to text: inout MetricsText) {
        text.begin(family)
        for row in rows { if row.pool != nil { text.sample(row.counters[index], row.labels) } }
    }
}

/// The metrics of backends.
struct BackendLines {
    private let rows: [(labels: MetricsText.Labels, backend: BackendReport)]

    init(_ pools: [PoolReport]) {
        rows = pools.flatMap { pool in
            let prefix = MetricsText.label("pool", pool.name) + [UInt8(ascii: ",")]
            return pool.backends.map { (prefix + MetricsText.label("backend", $0.label), $0) }
        }
    }

    func write(to text: inout MetricsText) {
        each(.up, to: &text) { $0.health.isAvailable ? 1 : 0 }
        each(.ejected, to: &text) { $0.health.isEjected ? 1 : 0 }
        text.begin(.transitions)
        let (up, down) = (MetricsText.label("to", "up"), MetricsText.label("to", "down"))
        for row in rows {
            text.sample(row.backend.health.record.arrivals, row.labels, up)
            text.sample(row.backend.health.record.departures, row.labels, down)
        }
        each(.ejections, to: &text) { $0.health.record.ejections }
        each(.weight, to: &text) { UInt64(max(0, $0.weight)) }
        each(.backendInFlight, to: &text) { UInt64(max(0, $0.inFlight)) }
        each(.attempts, to: &text) { $0.counters[BackendLayout.attempts] }
        each(.failures, to: &text) { $0.counters[BackendLayout.failures] }
        text.begin(.responses)
        for row in rows {
            for (index, label) in BackendLines.codes.enumerated() {
                let count = row.backend.counters[BackendLayout.responses + index]
                // A change of protocols is rare, and the other classes are what is asked for.
                if count > 0 || index > 0 { text.sample(count, row.labels, label) }
            }
        }
        text.begin(.errors)
        for row in rows {
            for reason in FailureReason.allCases {
                let count = row.backend.counters[BackendLayout.errors + reason.rawValue]
                if count > 0 { text.sample(count, row.labels, BackendLines.reasons[reason.rawValue]) }
            }
        }
        each(.opened, to: &text) { $0.counters[BackendLayout.connections] }
        each(.sentBytes, to: &text) { $0.counters[BackendLayout.bytesSent] }
        each(.receivedBytes, to: &text) { $0.counters[BackendLayout.bytesReceived] }
        histogram(.connect, BackendLayout.connect, to: &text)
        histogram(.firstByte, BackendLayout.firstByte, to: &text)
        histogram(.total, BackendLayout.total, to: &text)
    }

    private static let codes = (1...5).map { MetricsText.label("code", "\($0)xx") }
    private static let reasons = FailureReason.allCases.map { MetricsText.label("reason", $0.label) }

    private func each(_ family: MetricFamily, to text: inout MetricsText, _ value: (BackendReport) -> UInt64) {
        text.begin(family)
        for row in rows { text.sample(value(row.backend), row.labels) }
    }

    private func histogram(_ family: MetricFamily, _ place: Int, to text: inout MetricsText) {
        text.begin(family)
        for row in rows { text.histogram(row.backend.counters, at: place, row.labels, HistogramBound.ofBackends) }
    }
}
