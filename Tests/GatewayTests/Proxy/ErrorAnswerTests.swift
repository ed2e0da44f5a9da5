// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

@Suite struct ErrorAnswerTests {
    private let id = RequestID(high: 0x0123_4567_89AB_CDEF, low: 1)
    private let idText = "0123456789abcdef0000000000000001"

    private func answer(
        _ kind: ProxyError.Kind,
        _ form: ErrorAnswer.Form = .text,
        isHead: Bool = false,
        keepAlive: Bool = true,
        isHTTP10: Bool = false
    ) -> String {
        let output = ByteBuffer(capacity: 16)
        let date = InlineArray<29, UInt8>(repeating: UInt8(ascii: "D"))
        let answer = ErrorAnswer(error: ProxyError(kind), requestID: id, form: form, isHead: isHead, isHTTP10: isHTTP10)
        answer.write(to: output, keepAlive: keepAlive, date: date)
        return output.text
    }

    @Test func anAnswerInFull() {
        let body =
            "503 Service Unavailable: no server is ready to take the request; try again soon\nRequest id: \(idText)\n"
        let head = """
            HTTP/1.1 503 Service Unavailable
            Date: DDDDDDDDDDDDDDDDDDDDDDDDDDDDD
            Proxy-Status: curlew; error=destination_unavailable
            X-Request-Id: \(idText)
            Retry-After: 5
            Content-Type: text/plain; charset=utf-8
            Content-Length: \(body.utf8.count)
            Cache-Control: no-store


            """.replacing("\n", with: "\r\n")
        #expect(answer(.noBackendAvailable) == head + body)
    }

    @Test(arguments: [
        (ProxyError.Kind.gatewayFull, "the gateway is full: all connections that limits.connections allows are taken"),
        (.outOfDescriptors, "the gateway is full: it has no connection to a server to spare"),
        (.draining, "the gateway is shutting down"),
    ])
    func a503SaysWhatIsNotThere(kind: ProxyError.Kind, words: String) {
        #expect(answer(kind).contains("503 Service Unavailable: \(words); try again soon\n"))
    }

    @Test func everyFormHasItsTypeAndTheId() throws {
        for (form, type) in [
            (ErrorAnswer.Form.text, "text/plain; charset=utf-8"), (.json, "application/json"),
            (.html, "text/html; charset=utf-8"),
        ] {
            let text = answer(.connectRefused, form)
            #expect(text.contains("\r\nContent-Type: \(type)\r\n"))
            let body = try #require(text.components("\r\n\r\n").last)
            #expect(body.contains(idText))
            #expect(body.contains("502"))
            #expect(text.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
        }
    }

    @Test func jsonCanBeRead() throws {
        let body = try #require(answer(.malformedRequest(.badTarget), .json).components("\r\n\r\n").last)
        let value = try JSONValue(body)
        #expect(value["status"]?.number == 400)
        #expect(value["request_id"]?.string == idText)
        #expect(value["error"]?.string == "\(ParseError.badTarget.reason)")
    }

    /// Bodies are made of the client's own errors' texts, in HTML and in JSON.
    @Test func noReasonNeedsEscaping() {
        for error in ParseError.allCases {
            #expect(!"\(error.reason)".contains { "\"\\<>&".contains($0) }, "\(error)")
        }
    }

    @Test func aHeadRequestGetsTheHeadAlone() {
        let get = answer(.connectRefused)
        let head = answer(.connectRefused, isHead: true)
        #expect(head.hasSuffix("\r\n\r\n"))
        #expect(get.hasPrefix(head))
    }

    @Test func aConnectionThatEndsSaysSo() {
        #expect(answer(.bodyTooLarge, keepAlive: false).contains("\r\nConnection: close\r\n"))
        #expect(!answer(.connectRefused).contains("Connection:"))
        // An HTTP/1.0 client takes silence for the end, and would wait for it.
        #expect(answer(.connectRefused, isHTTP10: true).contains("\r\nConnection: keep-alive\r\n"))
        #expect(answer(.connectRefused, keepAlive: false, isHTTP10: true).contains("\r\nConnection: close\r\n"))
    }

    @Test func a405SaysWhatIsAllowed() {
        #expect(answer(.methodNotAllowed).contains("\r\nAllow: GET, HEAD, POST, "))
    }

    /// What went wrong between gateway and backend is not the client's business.
    @Test func aBackendsErrorIsNotToldToTheClient() {
        let output = ByteBuffer(capacity: 16)
        let error = ProxyError(.connectRefused, reason: "secret.internal:3001 refused")
        let answer = ErrorAnswer(error: error, requestID: id, form: .text, isHead: false)
        answer.write(to: output, keepAlive: true, date: InlineArray(repeating: 68))
        #expect(!output.text.contains("secret"))
    }

    @Test(arguments: [
        (nil, ErrorAnswer.Form.text), ("*/*", .text), ("text/plain", .text), ("application/json", .json),
        ("text/html,application/xhtml+xml,*/*;q=0.8", .html), ("application/json, text/html", .json),
        ("text/html, application/json", .html), ("TEXT/HTML", .html), ("text/htm", .text), ("", .text),
    ])
    func theFormIsTheOneThatIsAcceptedFirst(accept: String?, form: ErrorAnswer.Form) {
        let field = accept.map { "Accept: \($0)\r\n" } ?? ""
        let input = ByteBuffer(capacity: 16)
        input.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n".utf8))
        let head = RequestHead()
        var parser = RequestParser()
        #expect(input.withBytes(0..<input.end) { parser.parse($0, into: head) } == .complete)
        #expect(ErrorAnswer.form(for: head, in: input) == form)
    }
}

extension ByteBuffer {
    /// What is filled and not consumed.
    var text: String { String(decoding: pending, as: UTF8.self) }
}

extension String {
    func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
