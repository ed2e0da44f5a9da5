// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// A body that must be there before a backend is asked.
enum BodyCollection {
    case none
    /// What has come so far.
    case waiting(ByteBuffer)
    /// All of it, to which ``Exchange/wholeBody`` points.
    case complete(ByteBuffer)
}

/// What differs for backends whose requests are signed, or that speak HTTP/2.
extension Exchange {
    /// Has the head written as `backend` needs it.
    func fit(_ rewriter: inout RequestRewriter, to backend: Backend, ofCopy: Bool) {
        let isWhole = unsafe wholeBody != nil
        rewriter.unframesBody = backend.speaksHTTP2 || isWhole
        let pool = ofCopy ? target?.mirror?.pool : pool
        guard let signer = pool?.signers[backend.index] else { return }
        rewriter.signer = signer
        if let wholeBody = unsafe wholeBody {
            rewriter.payload = RequestSigner.payload(unsafe Span(_unsafeBytes: wholeBody))
        } else {
            let isEmpty = request.framing == .none || request.framing == .length(0)
            rewriter.payload = isEmpty ? .none : .streamed
        }
    }

    /// Whether a backend that may be chosen signs the body, and it is not all there, or more than is kept.
    func mustCollect() -> Bool {
        guard let target else { return false }
        func signs(_ pool: PoolUpstreams?) -> Bool {
            pool?.signers.contains { $0?.needsWhole(request.framing) == true } == true
        }
        let isWhole = unsafe wholeBody != nil || body.isComplete
        if isTooLargeToKeep { return signs(target.pool) }
        return !isWhole && (signs(target.pool) || signs(target.mirror?.pool))
    }

    /// The request says so itself; it is not copied either then.
    private var isTooLargeToKeep: Bool {
        guard let target, case .length(let length) = request.framing else { return false }
        return length > UInt64(target.bodyBuffer)
    }

    /// Takes what has come of the body, and goes on when that is all.
    func collectBody() {
        guard let downstream, let target else { return }
        // Whoever waits for leave to send it is told before.
        if isTooLargeToKeep { return answer(ProxyError(.bodyTooLargeToSign)) }
        let buffer: ByteBuffer
        if case .waiting(let begun) = collecting {
            buffer = begun
        } else {
            buffer = ByteBuffer(capacity: 4096)
            facts = AttemptFacts()
            collecting = .waiting(buffer)
        }
        while true {
            buffer.reserve(4096)
            switch unsafe body.fill(buffer.space, from: downstream) {
            case .bytes(let count):
                buffer.filled(count)
                if buffer.count > target.bodyBuffer { return failVerification(ProxyError(.bodyTooLargeToSign)) }
                if body.isComplete { return collected(buffer, downstream) }
            case .end: return collected(buffer, downstream)
            case .empty:
                askForBody(downstream)
                return wait(for: .clientBody)
            case .failed(let error): return failVerification(error)
            }
        }
    }

    private func collected(_ buffer: ByteBuffer, _ downstream: any Downstream) {
        collecting = .complete(buffer)
        unsafe wholeBody = buffer.pending
        downstream.requestBodyEnded()
        goOn()
    }
}
