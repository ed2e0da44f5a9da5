// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

struct TracerTests {
    private func tracer(sample: Int) throws -> Tracer {
        var configuration = GatewayConfiguration(backends: [])
        var tracing = TracingConfiguration()
        tracing.samplePercent = sample
        configuration.tracing = tracing
        return Tracer(try #require(try Tracing.make(configuration)))
    }

    private func parent(sampled: Bool) -> TraceParent {
        let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\(sampled ? 1 : 0)"
        return TraceParent(Array(value.utf8).span)!
    }

    @Test func whoeverBeganTheTraceHasDecided() throws {
        for (sample, sampled) in [(0, true), (100, false)] {
            let context = try tracer(sample: sample).context(continuing: parent(sampled: sampled))
            #expect(context.isSampled == sampled)
            #expect(context.trace == parent(sampled: true).trace)
            #expect(context.parent == parent(sampled: true).parent)
            #expect(context.span != context.parent)
        }
    }

    @Test(arguments: [0, 1, 10, 50, 100])
    func ofTracesThatBeginHereTheShareIsSampled(percent: Int) throws {
        let tracer = try tracer(sample: percent)
        var traces = Set<TraceID>()
        var sampled = 0
        for _ in 0..<20_000 {
            let context = tracer.context(continuing: nil)
            traces.insert(context.trace)
            #expect(context.parent == nil && context.span.value != 0)
            if context.isSampled { sampled += 1 }
        }
        #expect(traces.count == 20_000)
        // Six standard deviations and more.
        #expect(abs(sampled - percent * 200) <= (percent % 100 == 0 ? 0 : 450))
    }

    /// Two gateways with different ratios keep the same traces, as far as both keep any.
    @Test func theShareIsTakenByTheIdAlone() {
        for low in [UInt64(0), 1 << 55, 0xFF_FFFF_FFFF_FFFF, 0xAB << 56] {
            let trace = TraceID(high: 1, low: low)
            let kept = [1, 10, 50, 90, 100].map { Tracer.isSampled(trace, Tracer.threshold(percent: $0)) }
            #expect(kept == kept.sorted { !$0 && $1 })
        }
    }
}
