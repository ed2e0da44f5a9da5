// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewAdmin

@Suite struct MetricsTextTests {
    private func text(openMetrics: Bool = false, _ write: (inout MetricsText) -> Void) -> String {
        var text = MetricsText(isOpenMetrics: openMetrics)
        write(&text)
        text.end()
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test func labelsAreEscaped() {
        let label = MetricsText.label("pool", "a\"b\\c\nd")
        #expect(String(decoding: label, as: UTF8.self) == #"pool="a\"b\\c\nd""#)
    }

    @Test(arguments: [
        (0, "0"), (1, "0.000001"), (256, "0.000256"), (1_000_000, "1"), (1_500_000, "1.5"), (67_108_864, "67.108864"),
    ])
    func microsecondsAreShownInSeconds(value: Int, shown: String) {
        #expect(MetricsText.seconds(ofMicroseconds: UInt64(value)) == shown)
    }

    @Test func aCounterHasItsSuffixInBothFormatsWhereTheyWantIt() {
        let write: (inout MetricsText) -> Void = { text in
            text.begin(.accepted)
            text.sample(7)
        }
        #expect(
            text(write).hasSuffix(
                "# TYPE curlew_client_connections_accepted_total counter\ncurlew_client_connections_accepted_total 7\n"
            )
        )
        let open = text(openMetrics: true, write)
        #expect(
            open.contains(
                "# TYPE curlew_client_connections_accepted counter\ncurlew_client_connections_accepted_total 7\n"
            )
        )
        #expect(open.hasSuffix("# EOF\n"))
    }

    @Test func bucketsOfAHistogramAreCumulative() throws {
        var counters = [UInt64](repeating: 0, count: HistogramLayout.words)
        for time in [100, 256, 257, 512, 4000, 2_000_000_000] as [UInt64] {
            counters[HistogramLayout.sum] += time
            counters[HistogramLayout.buckets + HistogramScale.index(of: time)] += 1
        }
        let lines = text {
            $0.begin(.requestDuration)
            $0.histogram(counters, at: 0, MetricsText.label("pool", "web"), HistogramBound.ofPools)
        }.split(separator: "\n").dropFirst(2)
        let name = "curlew_request_duration_seconds"
        #expect(lines.first == "\(name)_bucket{pool=\"web\",le=\"0.000256\"} 2")
        #expect(lines.dropFirst().first == "\(name)_bucket{pool=\"web\",le=\"0.000512\"} 4")
        #expect(lines.contains("\(name)_bucket{pool=\"web\",le=\"67.108864\"} 5"))
        #expect(lines.contains("\(name)_bucket{pool=\"web\",le=\"+Inf\"} 6"))
        #expect(lines.contains("\(name)_sum{pool=\"web\"} 2000.005125"))
        #expect(lines.last == "\(name)_count{pool=\"web\"} 6")
    }

    @Test func namesFollowTheHabitsOfTheEcosystem() {
        for family in MetricFamily.all {
            #expect(family.name.hasPrefix("curlew_") || family.name.hasPrefix("process_"), "\(family.name)")
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), "\(family.name)")
            if family.kind == .histogram { #expect(family.name.hasSuffix("_seconds")) }
            #expect(family.help.hasSuffix("."))
        }
        #expect(Set(MetricFamily.all.map(\.name)).count == MetricFamily.all.count)
    }
}
