// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// How attempts and exchanges end.
extension Exchange {
    /// Lets go of the transfer, if there is one, and of its backend.
    func endTransfer(cancelling: Bool) {
        guard let upstream else { return }
        if let transfer {
            self.transfer = nil
            // An attempt that never got as far as to send has no phases to tell of.
            summary.upstream = facts.sends > 0 ? timings(of: transfer, cancelled: cancelling) : nil
            if cancelling { upstream.cancel(transfer) }
            upstream.give(transfer)
        }
    }

    private func timings(of transfer: Transfer, cancelled: Bool) -> UpstreamTimings {
        guard cancelled else { return UpstreamTimings(transfer.timings, firstByteNanoseconds: firstByte) }
        // A tunnel that the gateway ends may have been a long and a good one.
        let total = facts.isTunnel ? MonotonicTime.now().nanoseconds(since: attemptBegan) / 1000 : 0
        return UpstreamTimings(reused: false, firstByte: firstByte / 1000, total: total)
    }

    /// The attempt is over, well or with `error`.
    func attemptEnded(_ error: ProxyError?) {
        // Between two attempts there is none to end.
        guard let backend = upstream?.backend else {
            return conclude(error ?? ProxyError(.internalError), mayRetry: false)
        }
        // With the whole answer handed out, whatever became of the rest of the request is nobody's concern.
        var error = isResponseWhole ? nil : error
        if error?.isLostConnection == true, deadlines.isClientSlow(at: .now()) { error = ProxyError(.uploadAbandoned) }
        if let error, repeats(after: error, at: backend) { return }
        endTransfer(cancelling: true)
        countAttempt(error)
        upstream = nil
        requestEnded(at: backend)
        if duties.contains(.cleaningUp) { endRetry() }
        if let shared = pool?.shared, shared.balancer.usesLatency {
            shared.tellLatency(of: backend, facts.hasHead ? firstByte : nil, error, since: attemptBegan)
        }
        if error != nil || summary.details != nil { note(error, at: backend) }
        var mayRetry = false
        if var failure = error {
            report(failure, of: backend)
            if goOnWithHedge(after: failure) { return }
            mayRetry = planRetry(&failure, of: backend)
            error = failure
        }
        conclude(error, mayRetry: mayRetry)
    }

    /// No attempt is under way any more, but perhaps one beside the one that has ended.
    private func conclude(_ error: ProxyError?, mayRetry: Bool) {
        if duties.contains(.cleaningUp) {
            dropHedge()
            if !mayRetry { dropPlan() }
        }
        switch machine.attemptEnded(error, mayRetry: mayRetry) {
        case .finish: finish()
        case .retry(let error): retry(error)
        case .answer(let error):
            logFailure(error, retryingOn: nil)
            answer(error)
        case .cut(let error):
            failure = error.label
            logFailure(error, retryingOn: nil)
            cut(resetting: !facts.isTunnel || error.kind == .tunnelBroken)
        case .abandon(let error):
            failure = error.label
            logFailure(error, retryingOn: nil)
            // A client that has got a status has got that one.
            if !machine.hasBegun { summary.status = error.status }
            cut(resetting: true)
        }
    }

    /// Takes a backend that is to blame out of rotation, at once.
    func report(_ error: ProxyError, of backend: Backend) {
        if let shared = pool?.shared { context.report(error, of: backend, in: shared) }
    }

    /// Ends a response that has come to its end.
    private func finish() {
        guard let downstream else { return }
        if framing == .chunked { endChunks(of: downstream) }
        if !body.isComplete { keepAlive = false }
        end()
    }

    /// Tells the client that its chunked response is complete, once.
    func endChunks(of downstream: any Downstream) {
        guard !haveChunksEnded else { return }
        haveChunksEnded = true
        downstream.output.append(rewriter.lastChunk(of: responseChunks))
        downstream.flushSoon()
    }

    /// Answers the client with an error of the gateway's own.
    func answer(_ error: ProxyError) {
        guard let downstream else { return }
        machine.answered()
        failure = error.label
        keepAlive = request.keepAlive && !error.endsConnection && body.isComplete && downstream.mayKeepAlive
        summary.status = error.status
        if error.origin == .client || pool == nil || summary.backend == nil { logFailureOnce(error) }
        if let response = context.responder?.response(toUnserved: error.status, reason: error.reason) {
            return answerUnserved(response, downstream)
        }
        let isMalformed = if case .malformedRequest = error.kind { true } else { false }
        let answer = ErrorAnswer(
            error: error,
            requestID: summary.requestID,
            form: isMalformed ? .text : ErrorAnswer.form(for: request, in: downstream.input),
            isHead: request.isHead,
            isHTTP10: request.isHTTP10,
            edits: target?.edits
        )
        let date = context.wallClock.httpDate(.now())
        let bytes = answer.write(to: downstream.output, keepAlive: keepAlive, date: date) {
            writeAdmissionFields(to: $0, with: error)
        }
        summary.bytesOut = UInt64(bytes)
        downstream.flushSoon()
        end()
    }

    /// The response is complete as far as this exchange goes.
    func end() {
        logResponse()
        let downstream = downstream
        downstream?.flushSoon()
        downstream?.responseEnded(keepAlive: keepAlive)
    }

    private func cut(resetting: Bool) {
        logResponse()
        // A body that only the end of the connection ends would look whole if it ended well. So would a tunnel that the
        // backend has broken; one that the gateway itself ends has no more to deliver.
        downstream?.cut(resetting: resetting && machine.hasBegun && framing == .untilClose)
    }
}

extension UpstreamTimings {
    init(_ timings: TransferTimings, firstByteNanoseconds: UInt64) {
        self.init(
            reused: timings.isReused,
            dns: timings.isReused ? 0 : UInt64(max(0, timings.nameLookup)),
            connect: timings.isReused ? 0 : UInt64(max(0, timings.connect)),
            tls: timings.isReused ? 0 : UInt64(max(0, timings.appConnect)),
            firstByte: firstByteNanoseconds / 1000,
            // Two clocks were read, moments apart: the whole is not shorter than a part of it.
            total: max(UInt64(max(0, timings.total)), firstByteNanoseconds / 1000)
        )
    }
}
