// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What the fuzzers have found worth keeping, and what they ever found wrong, again and again.
@Suite struct CorpusTests {
    typealias Check = @Sendable ([UInt8]) throws -> Void

    static let targets: [(name: String, check: Check, more: [[UInt8]])] = [
        ("request", RequestInvariants.check, RequestCorpus.all.map(\.bytes)),
        ("chunked", ChunkedInvariants.check, ChunkedCorpus.all),
        ("response", ResponseInvariants.check, []),
        ("proxy", ProxyHeaderInvariants.check, ProxyHeaderExample.all.map(\.bytes)),
    ]

    @Test(arguments: targets.indices) func everyEntryKeepsTheRules(target: Int) throws {
        let (name, check, more) = Self.targets[target]
        let kept = try CorpusFolder.read("Corpus/\(name)")
        #expect(kept.count > 10, "the corpus of \(name) is missing")
        for (file, bytes) in kept + (try CorpusFolder.read("Failures/\(name)")) {
            do { try check(bytes) } catch { Issue.record("\(name)/\(file): \(error)") }
        }
        for bytes in more { #expect(throws: Never.self) { try check(bytes) } }
    }

    /// Damaged ones too, in ways that follow from a seed.
    @Test(arguments: targets.indices) func soDoDamagedEntries(target: Int) throws {
        let (name, check, more) = Self.targets[target]
        var generator = SeededGenerator(state: 7230)
        for bytes in try CorpusFolder.read("Corpus/\(name)").map(\.bytes) + more {
            for _ in 0..<5 {
                let damaged = bytes.mutated(by: &generator)
                #expect(throws: Never.self) { try check(damaged) }
            }
        }
    }

    /// Every entry, cut in two at every position.
    @Test func aCutAnywhereChangesNoRequest() throws {
        for (file, bytes) in try CorpusFolder.read("Corpus/request") + CorpusFolder.read("Failures/request") {
            let whole = ParsedRequest(bytes)
            for cut in 0...bytes.count {
                let parsed = RequestCutTests.parse(bytes, upTo: [cut, bytes.count])
                if parsed != whole { Issue.record("request/\(file) cut at \(cut)") }
            }
        }
    }

    @Test func aCutAnywhereChangesNoBody() throws {
        for (file, bytes) in try CorpusFolder.read("Corpus/chunked") + CorpusFolder.read("Failures/chunked") {
            let whole = DecodedBody(bytes)
            for cut in 0...bytes.count {
                let decoded = DecodedBody(bytes, cuts: [cut])
                let isSame =
                    decoded.end == whole.end && decoded.data == whole.data && decoded.trailers == whole.trailers
                if !isSame { Issue.record("chunked/\(file) cut at \(cut)") }
            }
        }
    }
    @Test func aCutAnywhereChangesNoProxyHeader() throws {
        for (file, bytes) in try CorpusFolder.read("Corpus/proxy") + CorpusFolder.read("Failures/proxy") {
            let whole = ProxyHeader.parse(bytes.span)
            var parts = bytes.indices.map { ProxyHeader.parse(bytes.span.extracting(first: $0)) }
            parts.removeAll { $0 == .needMore }
            if parts.contains(where: { $0 != whole }) { Issue.record("proxy/\(file) is another when it is cut") }
        }
    }
}
