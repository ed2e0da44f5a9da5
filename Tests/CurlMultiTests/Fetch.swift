// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc
import Testing

/// One request over a transfer, with everything that was told of it. What it answers can be written by the test.
final class Fetch: TransferDelegate {
    let transfer: Transfer
    let method: String

    /// Lines as they came, without their CRLF.
    private(set) var lines: [String] = []
    private(set) var body: [UInt8] = []
    /// The number of each attempt that was announced.
    private(set) var attempts: [Int] = []
    private(set) var result: CurlCode?
    /// Whether libcurl has asked for more of the body than there was.
    private(set) var largestPiece = 0

    var allowsAttempt: (Int) -> Bool = { _ in true }
    /// Asked before a piece of the body is taken.
    var takesBody: () -> ReceiveDecision = { .taken }
    /// Called with the last line of the head.
    var headEnded: () -> Void = {}
    /// Asked for bytes of the body that are in a pipe.
    var takesSpliced: (Int) -> ReceiveDecision = { _ in .abort }
    var fill: (UnsafeMutableRawBufferPointer) -> SendDecision = { _ in .abort }

    private let target: String
    private let fields: [String]
    /// Without, libcurl adds the backend's.
    var hasHost = true
    private let kind: RequestBodyKind
    private var strings: [UnsafeMutablePointer<CChar>] = []

    enum RequestBodyKind {
        case none, streamed(UInt64), framed, tunnel
        case whole(String)
    }

    /// A request with exactly the given header lines and a Host field.
    init(
        _ transfer: Transfer,
        _ method: String = "GET",
        _ target: String = "/",
        headers lines: [String] = [],
        body: RequestBodyKind = .none
    ) {
        self.transfer = transfer
        self.method = method
        kind = body
        self.target = target
        fields = lines
    }

    deinit { strings.forEach { free($0) } }

    private func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        let copy = strdup(text)!
        strings.append(copy)
        return copy
    }

    func prepare() throws {
        let isPlain = if case .none = kind { method == "GET" || method == "HEAD" } else { false }
        let body: RequestBody =
            switch kind {
            case .none: .none
            case .streamed(let length): .streamed(length: length)
            case .framed: .framed
            case .tunnel: .tunnel
            case .whole(let text): .whole(UnsafeRawBufferPointer(start: string(text), count: text.utf8.count))
            }
        let framing = isFramed ? ["Transfer-Encoding: chunked"] : []
        let lines = ((hasHost ? ["Host: test.example"] : []) + framing + fields).map { "\($0)\r\n" }.joined()
        let head = "\(target)\(RequestText.afterTarget)\(lines)\(RequestText.lastLine)"
        let request = RequestText(
            method: isPlain ? nil : UnsafePointer(string(method)),
            isHead: method == "HEAD",
            head: UnsafePointer(string(head)),
            hasHost: hasHost
        )
        try transfer.prepare(request, body: body)
    }

    private var isFramed: Bool { if case .framed = kind { true } else { false } }

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The status of the last head that began.
    var status: Int? {
        lines.last { $0.hasPrefix("HTTP/") }.flatMap { Int($0.split(separator: " ")[1]) }
    }
    /// Whether the blank line of a final head has come.
    var hasHead: Bool { (status ?? 0) >= 200 && lines.contains("") }

    // MARK: What libcurl tells

    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool {
        attempts.append(attempt)
        return allowsAttempt(attempt)
    }

    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision {
        var text = String(decoding: (0..<line.count).map { line[$0] }, as: UTF8.self)
        if text.hasSuffix("\r\n") { text.removeLast() }
        lines.append(text)
        if text.isEmpty { headEnded() }
        return .taken
    }

    func transfer(_ transfer: Transfer, splicedBody count: Int) -> ReceiveDecision { takesSpliced(count) }

    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision {
        let decision = takesBody()
        if case .taken = decision {
            body += bytes
            largestPiece = max(largestPiece, bytes.count)
        }
        return decision
    }

    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision { fill(buffer) }

    func transferPeerClosed(_ transfer: Transfer) {}

    func transferFinished(_ transfer: Transfer, _ code: CurlCode) {
        result = code
        transfer.delegate = nil
    }
}

extension Fetch {
    /// Gives `bytes` whenever libcurl asks, then the end; all in one chunk where the body is to be framed.
    func sends(_ content: [UInt8]) {
        let bytes = isFramed ? (content.isEmpty ? [] : Fetch.chunk(content)) + Fetch.lastChunk : content
        var sent = 0
        fill = { [transfer, isFramed] buffer in
            let count = min(buffer.count, bytes.count - sent)
            buffer.copyBytes(from: bytes[sent..<sent + count])
            sent += count
            // As the gateway does.
            if isFramed && sent == bytes.count { transfer.bodyEnds() }
            return count == 0 ? .end : .bytes(count)
        }
    }

    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10]
    }

    static let lastChunk = Array("0\r\n\r\n".utf8)
}
