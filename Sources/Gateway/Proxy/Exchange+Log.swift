// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What the exchange leaves in the log: one REQUEST, one RESPONSE, and an ERROR for each attempt that failed.
extension Exchange {
    func logRequest() {
        isLogged = true
        withWords { context.log.request(method: $0, target: $1, summary) }
    }

    /// An attempt, or the request as a whole, has failed.
    func logFailure(_ error: ProxyError, retryingOn next: Backend?) {
        isFailureLogged = true
        withWords {
            context.log.failure(method: $0, target: $1, summary, reason: error.reason, retryingOn: next?.name)
            if context.failures != nil { remember(error, method: $0, target: $1, next) }
        }
    }

    func logFailureOnce(_ error: ProxyError) {
        if !isFailureLogged { logFailure(error, retryingOn: nil) }
    }

    func logResponse() {
        guard let downstream else { return }
        summary.bytesIn = body.received
        summary.durationNanoseconds = MonotonicTime.now().nanoseconds(since: downstream.requestBegan)
        countExchange()
        withWords { context.log.response(method: $0, target: $1, summary) }
    }

    /// Calls `body` with method and target as the client sent them; empty ones where the request was too bad to have any.
    private func withWords(_ body: (Span<UInt8>, Span<UInt8>) -> Void) {
        guard let input = downstream?.input else { return }
        input.withBytes(request.methodStart..<request.methodStart + request.methodLength) { method in
            input.withBytes(request.targetStart..<request.targetStart + request.targetLength) { target in
                body(method, target)
            }
        }
    }
}
