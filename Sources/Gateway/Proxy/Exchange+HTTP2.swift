// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// What is different where the backend answers by HTTP/2.
extension Exchange {
    /// A field has come behind the body. To the client it will be what trailers of a chunked body are, so it is read as such,
    /// and judged as strictly.
    func receivedTrailer(_ line: Span<UInt8>) -> ReceiveDecision {
        if responseChunks.trailerBytes.isEmpty { readTrailers("0\r\n".utf8Span.span) }
        guard let error = readTrailers(line) else { return .taken }
        facts.ownReason = ProxyError(.invalidResponse, reason: "the response's trailers are not valid: \(error.reason)")
        return .abort
    }

    /// No more fields follow.
    func trailersEnd() {
        if !responseChunks.trailerBytes.isEmpty { readTrailers("\r\n".utf8Span.span) }
    }

    @discardableResult
    private func readTrailers(_ bytes: Span<UInt8>) -> ParseError? {
        if case .invalid(let error) = responseChunks.next(bytes) { error } else { nil }
    }
}
