// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// Interim responses: 1xx but 101.
extension Exchange {
    /// Hands on an interim response (RFC 9110 §15.2): to HTTP/1.1 only, and a 100 only to a client that waits for one and
    /// has not been told yet. A client that does not wait may take an unexpected 100 badly, and has no use for it.
    func informational(_ status: Int) -> ReceiveDecision {
        // Forbidden here (RFC 9110 §8.6, RFC 9112 §6.1), and libcurl would count it for the response that follows.
        if response.contains(.contentLength) || response.contains(.transferEncoding) {
            facts.ownReason = ProxyError(.invalidResponse, reason: "an interim response (\(status)) speaks of a body")
            return .abort
        }
        // The backend is at work and says so: that is what 102 is for.
        if deadlines.waiting == .firstByte { wait(for: .firstByte) }
        guard let downstream, !request.isHTTP10 else { return .taken }
        if status == 100 {
            guard request.expectsContinue, !hasSaidContinue else { return .taken }
            hasSaidContinue = true
        } else if downstream.isCongested || downstream.output.count > 16 * 1024 {
            // A client that is behind does without what is only advice.
            return .taken
        }
        rewriter.writeInformational(to: downstream.output)
        downstream.flushSoon()
        return .taken
    }
}
