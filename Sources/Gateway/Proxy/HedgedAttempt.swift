// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// A second attempt beside the one that an exchange is waiting for, at another backend, until it is known which of the two
/// counts.
///
/// It holds what an exchange holds of an attempt, up to a complete response head. When it has one, the exchange takes all
/// of that over and gives its own in exchange, which is then cancelled: so whoever is the exchange's delegate never changes
/// for what has begun to answer, and an exchange without a hedge knows nothing of this.
final class HedgedAttempt: TransferDelegate {
    private unowned let exchange: Exchange
    var upstream: Upstream
    var transfer: Transfer?
    let response = ResponseHead()
    var parser: ResponseHeadParser
    var facts = AttemptFacts()
    var began: MonotonicTime
    var firstByte: UInt64 = 0
    /// See ``ExchangeDetails/attemptSpan``.
    var span = SpanID(0)
    var failureWords: String?
    /// It counts against the retry budget.
    var isCounted: Bool

    init(of exchange: Exchange, to upstream: Upstream, parser: ResponseHeadParser, isCounted: Bool) {
        self.exchange = exchange
        self.upstream = upstream
        self.parser = parser
        self.isCounted = isCounted
        began = .now()
        self.parser.reset(forHead: exchange.request.isHead, takesHTTP2: upstream.backend.speaksHTTP2)
    }

    var backend: Backend { upstream.backend }

    // MARK: TransferDelegate

    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool {
        facts.sends = attempt
        // It is itself one attempt too many; if its connection was dead, that was it.
        guard attempt == 1 else {
            facts.ownReason = .deadConnection
            return false
        }
        return true
    }

    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision {
        if firstByte == 0 { firstByte = MonotonicTime.now().nanoseconds(since: began) }
        switch parser.append(line: line, to: response) {
        case .more: return .taken
        case .informationalComplete:
            // Nobody is told what only one of two says. What it may not say is found when it comes.
            guard response.contains(.contentLength) || response.contains(.transferEncoding) else { return .taken }
            facts.ownReason = ProxyError(.invalidResponse, reason: "an interim response speaks of a body")
            return .abort
        case .complete:
            if let error = exchange.objection(to: self) {
                facts.ownReason = error
                return .abort
            }
            exchange.adopt(self)
            return .taken
        // It comes behind a body, and by then all is the exchange's.
        case .trailer: return .abort
        case .invalid(let error):
            facts.ownReason = ProxyError(.invalidResponse, reason: "the response is not valid HTTP: \(error.reason)")
            return .abort
        }
    }

    /// There is no body before the head, and from there on it is the exchange's.
    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision { .abort }

    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision { .end }

    func transferPeerClosed(_ transfer: Transfer) {}

    func transferFinished(_ transfer: Transfer, _ code: CurlCode) {
        facts.note(code, of: transfer)
        if code != .CURLE_OK, facts.ownReason == nil { failureWords = transfer.explanation(of: code) }
        let error = ProxyError(code, facts) ?? ProxyError(.internalError)
        release(cancelling: false, error)
        exchange.hedgeFailed(self, error)
    }

    // MARK: Ending

    /// Ends it, if it is not over, and lets go of its backend. `error` is why it has come to nothing by itself.
    func release(cancelling: Bool, _ error: ProxyError? = nil) {
        guard let transfer else { return }
        self.transfer = nil
        // Mostly called from inside libcurl, but from another multi handle: these two attempts are at two backends, and
        // libcurl asks only that a handle is not used from its own callbacks (CURLM_RECURSIVE_API_CALL), which is checked.
        if cancelling { upstream.cancel(transfer) }
        var outcome = AttemptOutcome()
        outcome.note(error, status: response.status)
        outcome.firstByte = firstByte / 1000
        upstream.counters.count(outcome)
        upstream.give(transfer)
        exchange.requestEnded(at: upstream.backend)
    }
}
