// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What a request means may not depend on how the network cut it up.
struct RequestCutTests {
    @Test func aCutAnywhereChangesNothing() {
        for example in RequestCorpus.all {
            let whole = ParsedRequest(example.bytes)
            for cut in 0...example.bytes.count {
                #expect(
                    Self.parse(example.bytes, upTo: [cut, example.bytes.count]) == whole,
                    "\(example.name) at \(cut)"
                )
            }
        }
    }

    @Test func byteByByteTheOutcomeIsAlwaysThatOfTheBytesSoFar() {
        for example in RequestCorpus.all {
            var parser = RequestParser()
            let head = RequestHead()
            for count in 0...example.bytes.count {
                let outcome = parser.parse(example.bytes.span.extracting(first: count), into: head)
                let fresh = ParsedRequest(Array(example.bytes.prefix(count)))
                #expect(ParsedRequest(outcome, head, example.bytes) == fresh, "\(example.name) at \(count)")
            }
        }
    }

    @Test func aRejectionIsNeverTakenBack() {
        for example in RequestCorpus.all {
            var rejection: ParseOutcome?
            for count in 0...example.bytes.count {
                let outcome = ParsedRequest(Array(example.bytes.prefix(count))).outcome
                if let rejection { #expect(outcome == rejection, "\(example.name) at \(count)") }
                if case .invalid = outcome { rejection = outcome }
            }
        }
    }

    @Test func neitherDoCutsMatterInDamagedRequests() {
        var generator = SeededGenerator(state: 9112)
        for _ in 0..<20 {
            for example in RequestCorpus.all {
                let bytes = example.bytes.mutated(by: &generator)
                var cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
                cuts.append(bytes.count)
                #expect(
                    Self.parse(bytes, upTo: cuts) == ParsedRequest(bytes),
                    "\(bytes.latin1.debugDescription) at \(cuts)"
                )
            }
        }
    }

    /// Limits too are met at the same byte however the bytes come.
    @Test func cutsDoNotMatterAtLimits() {
        let limits = HTTPLimits(headerBytes: 60, headerCount: 3, requestLineBytes: 20)
        for example in RequestCorpus.all {
            let whole = ParsedRequest(example.bytes, limits: limits)
            for cut in 0...example.bytes.count {
                let parsed = Self.parse(example.bytes, upTo: [cut, example.bytes.count], limits: limits)
                #expect(parsed == whole, "\(example.name) at \(cut)")
            }
        }
    }

    static func parse(_ bytes: [UInt8], upTo cuts: [Int], limits: HTTPLimits = HTTPLimits()) -> ParsedRequest {
        var parser = RequestParser(limits: limits)
        let head = RequestHead()
        var outcome = ParseOutcome.needMore
        for cut in cuts { outcome = parser.parse(bytes.span.extracting(first: cut), into: head) }
        return ParsedRequest(outcome, head, bytes)
    }
}
