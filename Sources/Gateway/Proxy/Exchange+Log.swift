// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What the exchange leaves in the log: one REQUEST, one RESPONSE, and an ERROR for each attempt that failed.
extension Exchange {
    func logRequest() {
        isLogged = true
        withWords { log.request(method: $0, target: $1, summary) }
    }

    /// An attempt, or the request as a whole, has failed.
    func logFailure(_ error: ProxyError, retryingOn next: Backend?) {
        isFailureLogged = true
        if next == nil {
            summary.failure = error.reason
            summary.ensureDetails().failureToken = error.proxyStatusToken
        }
        withWords {
            log.failure(method: $0, target: $1, summary, reason: error.reason, retryingOn: next?.name)
            if context.failures != nil, error.origin != .client { remember(error, method: $0, target: $1, next) }
        }
    }

    func logFailureOnce(_ error: ProxyError) {
        if !isFailureLogged { logFailure(error, retryingOn: nil) }
    }

    func logResponse() {
        guard let downstream else { return }
        summary.bytesIn = body.received
        let duration = MonotonicTime.now().nanoseconds(since: downstream.requestBegan)
        summary.durationNanoseconds = duration
        countExchange()
        if duration >= log.slowNanoseconds { summary.isSlow = !mayLast }
        if log.wantsFields { noteFields(downstream) }
        withWords { log.response(method: $0, target: $1, summary) }
        if summary.details?.isExported == true, let tracer = context.tracer { writeServerSpan(tracer, downstream) }
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

    /// The exchange is of a kind that goes on for as long as its two sides like: a tunnel, or events.
    private var mayLast: Bool { hasHead && (facts.isTunnel || response.isEventStream) }

    /// ``response`` is what a backend has answered to this request. (What is known of an attempt stays until the next one.)
    private var hasHead: Bool { machine.attempt > 0 && facts.hasHead }

    // MARK: What the record shows beside the summary

    /// Goes through the header fields for those that the RESPONSE record shows.
    private func noteFields(_ downstream: any Downstream) {
        for field in request.fields {
            downstream.input.withBytes(field.name) { name in
                downstream.input.withBytes(field.value) { log.noteRequest(field: name, value: $0) }
            }
        }
        if log.wantsUser {
            summary.isHTTP10 = request.isHTTP10
            if let user = namedUser(downstream) { log.note(user: user) }
        }
        guard hasHead else { return }
        let bytes = response.bytes
        for field in response.fields {
            log.noteResponse(field: bytes.span.extracting(field.name), value: bytes.span.extracting(field.value))
        }
    }

    /// The user of the request's Basic credentials, whether they are right or not: the status says that.
    private func namedUser(_ downstream: any Downstream) -> String? {
        guard let field = request.first(.authorization) else { return nil }
        return downstream.input.withBytes(field.value) { BasicCredentials($0) }?.user
    }

    // MARK: Attempts

    /// An attempt has ended: keeps what the record of the request tells of it, where one has failed, and writes its span.
    ///
    /// - Parameters:
    ///   - error: Why it came to nothing; `nil` for a good one.
    ///   - backend: Where it was made.
    ///   - isResent: libcurl goes on with the same request over another connection: there is one span for the two.
    func note(_ error: ProxyError?, at backend: Backend, isResent: Bool = false) {
        var attempt = AttemptRecord(backend: backend.name)
        attempt.error = error?.reason
        attempt.libcurl = error == nil ? nil : failureWords
        failureWords = nil
        if facts.hasHead || error?.kind == .unwantedStatus { attempt.status = response.status }
        attempt.upstream = summary.upstream
        if let details = summary.details, details.trace != nil { attempt.span = details.attemptSpan }
        keep(&attempt, error, began: sendBegan)
        if isResent { sendBegan = .now() }
        guard summary.details?.isExported == true, !isResent else { return }
        writeClientSpan(attempt, error, at: backend, began: attemptBegan)
    }

    /// The same for one beside this exchange's own. Without an error nobody waits for it any more.
    func note(_ error: ProxyError?, of hedge: HedgedAttempt) {
        var attempt = AttemptRecord(backend: hedge.backend.name)
        attempt.error = error?.reason
        attempt.libcurl = hedge.failureWords
        if error?.kind == .unwantedStatus { attempt.status = hedge.response.status }
        if summary.trace != nil { attempt.span = hedge.span }
        keep(&attempt, error, began: hedge.began)
        guard summary.details?.isExported == true else { return }
        writeClientSpan(attempt, error, at: hedge.backend, began: hedge.began)
    }

    private func keep(_ attempt: inout AttemptRecord, _ error: ProxyError?, began: MonotonicTime) {
        attempt.durationNanoseconds = MonotonicTime.now().nanoseconds(since: began)
        if let downstream { attempt.beganNanoseconds = began.nanoseconds(since: downstream.requestBegan) }
        let details = summary.ensureDetails()
        if error != nil || !details.tries.isEmpty { details.tries.append(attempt) }
    }
}
