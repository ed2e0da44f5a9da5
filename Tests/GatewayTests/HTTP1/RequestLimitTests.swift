// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Each limit at its edge: what just fits, and one more.
struct RequestLimitTests {
    @Test func requestLine() {
        let limits = HTTPLimits(requestLineBytes: 100)
        func parse(_ length: Int, _ end: String = "\r\nHost: a\r\n\r\n") -> ParseOutcome {
            let target = "/" + String(repeating: "a", count: length - 14)
            return ParsedRequest("GET " + target + " HTTP/1.1" + end, limits: limits).outcome
        }
        #expect(parse(100) == .complete)
        #expect(parse(101) == .invalid(.requestLineTooLong))
        #expect(parse(100, "") == .needMore)
        #expect(parse(101, "") == .invalid(.requestLineTooLong))
        #expect(parse(100, "\n") == .invalid(.requestLineTooLong))
        #expect(parse(5000, "") == .invalid(.requestLineTooLong))
    }

    @Test func requestLineInEachOfItsParts() {
        let limits = HTTPLimits(requestLineBytes: 10)
        let many = String(repeating: "A", count: 10)
        #expect(ParsedRequest(many, limits: limits).outcome == .needMore)
        #expect(ParsedRequest(many + "A", limits: limits).outcome == .invalid(.requestLineTooLong))
        #expect(ParsedRequest("GET /aaaaa", limits: limits).outcome == .needMore)
        #expect(ParsedRequest("GET /aaaaaa", limits: limits).outcome == .invalid(.requestLineTooLong))
        #expect(ParsedRequest("GET / HTTP", limits: limits).outcome == .needMore)
        #expect(ParsedRequest("GET / HTTP/", limits: limits).outcome == .invalid(.requestLineTooLong))
        // What is wrong before the limit is said, not the limit.
        #expect(ParsedRequest("G@T /aaaaaaaaaaaa", limits: limits).outcome == .invalid(.badMethod))
    }

    @Test func theDefaultRequestLineIs16KiB() {
        func parse(_ length: Int) -> ParseOutcome {
            let target = "/" + String(repeating: "a", count: length - 14)
            return ParsedRequest("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").outcome
        }
        #expect(parse(16384) == .complete)
        #expect(parse(16385) == .invalid(.requestLineTooLong))
    }

    @Test(arguments: ["", "\r\n"])
    func headBytesCountFromTheRequestLine(_ before: String) {
        let limits = HTTPLimits(headerBytes: 200)
        func parse(_ length: Int, dropping last: Int = 0) -> ParseOutcome {
            let head = "GET / HTTP/1.1\r\nHost: a\r\nX: "
            let value = String(repeating: "a", count: length - head.utf8.count - 4)
            let bytes = Array((before + head + value + "\r\n\r\n").utf8)
            return ParsedRequest(Array(bytes.dropLast(last)), limits: limits).outcome
        }
        #expect(parse(200) == .complete)
        #expect(parse(201) == .invalid(.headTooLarge))
        #expect(parse(201, dropping: 1) == .needMore)
        #expect(parse(10_000, dropping: 9_800) == .needMore)
        #expect(parse(10_000, dropping: 9_799) == .invalid(.headTooLarge))
    }

    @Test func headBytesBoundTheRequestLineToo() {
        let limits = HTTPLimits(headerBytes: 20, requestLineBytes: 1000)
        #expect(ParsedRequest("GET /aaaaaaaaaaaaaaaaa", limits: limits).outcome == .invalid(.requestLineTooLong))
        #expect(ParsedRequest("GET /aaaaa HTTP/1.1\r\nHost: a", limits: limits).outcome == .invalid(.headTooLarge))
    }

    @Test func fieldCount() {
        let limits = HTTPLimits(headerCount: 5)
        func parse(_ count: Int) -> ParseOutcome {
            let fields = String(repeating: "X: y\r\n", count: count - 1)
            return ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", limits: limits).outcome
        }
        #expect(parse(5) == .complete)
        #expect(parse(6) == .invalid(.tooManyFields))
        #expect(parse(100) == .invalid(.tooManyFields))
    }

    @Test func theDefaultsAre64KiBAnd100Fields() {
        let limits = HTTPLimits()
        #expect(limits.headerBytes == 65_536)
        #expect(limits.headerCount == 100)
        #expect(HTTPLimits(headerBytes: .max).headerBytes == 1 << 30)
    }

    @Test func eachErrorHasItsStatusAndAReason() {
        for error in ParseError.allCases {
            let expected =
                switch error {
                case .requestLineTooLong: 414
                case .headTooLarge, .tooManyFields, .connectionListsTooLong: 431
                case .unknownExpectation: 417
                case .unknownTransferCoding: 501
                case .unsupportedVersion: 505
                default: 400
                }
            #expect(error.status == expected)
            #expect("\(error.reason)" != "the message is malformed", "\(error) has no words of its own")
        }
        #expect(Set(ParseError.allCases.map { "\($0.reason)" }).count == ParseError.allCases.count)
    }
}
