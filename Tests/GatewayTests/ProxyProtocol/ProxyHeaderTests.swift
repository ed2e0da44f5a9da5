// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct ProxyHeaderTests {
    private func parse(_ bytes: some Sequence<UInt8>) -> ProxyHeader.Outcome {
        let bytes = Array(bytes)
        return ProxyHeader.parse(bytes.span)
    }

    @Test(arguments: ProxyHeaderExample.all) func itIsReadStrictly(example: ProxyHeaderExample) {
        #expect(parse(example.bytes) == example.outcome)
    }

    @Test(arguments: ProxyHeaderExample.all) func whatFollowsChangesNothing(example: ProxyHeaderExample) {
        #expect(parse(example.bytes + Array("\r\nGET / HTTP/1.1\r\n".utf8)) == example.outcome)
    }

    /// At every place where a read may end the header is incomplete or, if it can never be one, rejected; and a rejection
    /// stands.
    @Test func aCutAnywhereChangesNothing() {
        for example in ProxyHeaderExample.all {
            var rejection: ProxyHeader.Outcome?
            for count in 0..<example.bytes.count {
                let outcome = parse(example.bytes[..<count])
                if let rejection {
                    #expect(outcome == rejection, "\(example) at \(count)")
                } else if case .invalid = outcome {
                    #expect(outcome == example.outcome, "\(example) at \(count)")
                    rejection = outcome
                } else {
                    #expect(outcome == .needMore, "\(example) at \(count)")
                }
            }
        }
    }

    /// However it is continued, a header that is not over by then never will be.
    @Test func waitingEndsAtTheLimit() {
        #expect(parse(Array("PROXY TCP4 ".utf8) + [UInt8](repeating: 0x20, count: 96)) == .invalid(.lineTooLong))
        let longest = ProxyHeaderExample.binary(0x21, 0x11, [], length: ProxyHeader.maximumLength - 16)
        #expect(parse(longest) == .needMore)
        let filled = longest + [UInt8](repeating: 0, count: ProxyHeader.maximumLength - 16)
        #expect(parse(filled) != .needMore)
    }

    /// RFC 3720, appendix B.4.
    @Test func theChecksumIsCastagnolis() {
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(CRC32C.of(zeros.span, withZerosAt: 0..<0) == 0x8A91_36AA)
        let ones = [UInt8](repeating: 0xFF, count: 32)
        #expect(CRC32C.of(ones.span, withZerosAt: 0..<0) == 0x62A8_AB43)
        let rising = (0..<32).map { UInt8($0) }
        #expect(CRC32C.of(rising.span, withZerosAt: 0..<0) == 0x46DD_794E)
        #expect(CRC32C.of(ones.span, withZerosAt: 0..<32) == 0x8A91_36AA)
    }
}
