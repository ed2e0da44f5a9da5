// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Writes metrics as text: in the format of Prometheus (0.0.4), or in OpenMetrics 1.0, which differs in three places.
struct MetricsText {
    /// Text that stands between the braces of many lines: `pool="web",backend="http://…"`.
    typealias Labels = [UInt8]

    let isOpenMetrics: Bool
    private(set) var bytes: [UInt8] = []
    private var name: [UInt8] = []

    init(isOpenMetrics: Bool, capacity: Int = 16 * 1024) {
        self.isOpenMetrics = isOpenMetrics
        bytes.reserveCapacity(capacity)
    }

    /// `name="value"`, escaped.
    static func label(_ name: String, _ value: String) -> Labels {
        var text = Array(name.utf8)
        text += "=\"".utf8
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): text += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): text += "\\n".utf8
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
        return text
    }

    // MARK: Lines

    /// What the samples that follow belong to.
    mutating func begin(_ family: MetricFamily) {
        name = Array(family.name.utf8)
        // In OpenMetrics the family of a counter is called by its name without the suffix.
        var shown = family.name
        if isOpenMetrics, family.kind == .counter, shown.hasSuffix("_total") { shown.removeLast("_total".count) }
        bytes += "# HELP \(shown) ".utf8
        for byte in family.help.utf8 {
            if byte == UInt8(ascii: "\\") || (byte == UInt8(ascii: "\"") && isOpenMetrics) {
                bytes.append(UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        bytes += "\n# TYPE \(shown) \(family.kind.rawValue)\n".utf8
    }

    mutating func sample(_ value: UInt64, _ labels: Labels = [], _ more: Labels = []) {
        line("", labels, more)
        append(value)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// A time that is given in microseconds, shown in seconds.
    mutating func sample(microseconds value: UInt64, _ labels: Labels = []) {
        line("", labels, [])
        append(microseconds: value)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The histogram that begins at `place` of `counters`; see ``HistogramLayout``.
    mutating func histogram(_ counters: [UInt64], at place: Int, _ labels: Labels, _ bounds: [HistogramBound]) {
        var (count, next) = (UInt64(0), 0)
        let first = place + HistogramLayout.buckets
        for bound in bounds {
            while next < bound.count {
                count &+= counters[first + next]
                next += 1
            }
            line("_bucket", labels, bound.label)
            append(count)
            bytes.append(UInt8(ascii: "\n"))
        }
        line("_sum", labels, [])
        append(microseconds: counters[place + HistogramLayout.sum])
        bytes.append(UInt8(ascii: "\n"))
        line("_count", labels, [])
        append(count)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func end() {
        if isOpenMetrics { bytes += "# EOF\n".utf8 }
    }

    // MARK: Parts

    private mutating func line(_ suffix: StaticString, _ labels: Labels, _ more: Labels) {
        bytes += name
        suffix.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        if !labels.isEmpty || !more.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            if !labels.isEmpty && !more.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += more
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func append(_ value: UInt64) {
        if value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
            return
        }
        append(value / 10)
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }

    private mutating func append(microseconds value: UInt64) {
        append(value / 1_000_000)
        var rest = value % 1_000_000
        guard rest > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var divisor: UInt64 = 100_000
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }

    static func seconds(ofMicroseconds value: UInt64) -> String {
        var text = MetricsText(isOpenMetrics: false, capacity: 32)
        text.append(microseconds: value)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}

/// One `le` of a histogram.
struct HistogramBound: Sendable {
    /// How many of the buckets that are counted in lie below it.
    let count: Int
    let label: MetricsText.Labels

    /// Up to 2^`exponent` µs each, and one for all.
    private static func bounds(_ exponents: some Sequence<Int>) -> [HistogramBound] {
        exponents.map { exponent in
            let text = MetricsText.seconds(ofMicroseconds: 1 << UInt64(exponent))
            let isWhole = !text.contains(".")
            return HistogramBound(
                count: HistogramScale.count(upToPowerOf2: exponent),
                label: MetricsText.label("le", isWhole ? text + ".0" : text)
            )
        } + [HistogramBound(count: HistogramScale.buckets, label: MetricsText.label("le", "+Inf"))]
    }

    /// From 256 µs to 67 s, each twice the one before.
    static let ofPools = bounds(8...26)
    /// From 512 µs to 34 s, each four times the one before: there may be many backends.
    static let ofBackends = bounds(stride(from: 9, through: 25, by: 2))
}
