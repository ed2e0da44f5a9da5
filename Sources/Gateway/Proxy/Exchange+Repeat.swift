// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// A kept connection that turns out dead: the request goes to the same backend once more, over a new connection.
///
/// A backend closes connections that were idle for some time of its own choosing, and a request may be on its way just then.
/// RFC 9112 §9.3.1: "a client MAY open a new connection and automatically retransmit an aborted sequence of requests if all of
/// those requests have idempotent methods"; and only once, since "a client SHOULD NOT automatically retry a failed automatic
/// retry". It says nothing of the backend, which nobody has really asked yet. So it is no attempt: it uses up neither
/// `attempts` nor the retry budget. A new connection that dies as well is a failure like any other.
extension Exchange {
    /// libcurl, whose connection was dead, would send the request again by itself, whatever its method, and over any connection
    /// that it has.
    func mayResend(_ transfer: Transfer) -> Bool {
        if upstream?.wasRefused(transfer) == true { return mayResendRefused() }
        // Others join a connection by HTTP/2 as soon as there is one, so it is as good as new.
        let isNew = transfer.isOnNewConnection || upstream?.backend.speaksHTTP2 == true
        guard isNew, isReplayableByLibcurl, mayRepeat(after: .deadConnection) else {
            // Another kept connection would be as old. If a new one may be made, ``repeats(after:at:)`` does so.
            facts.ownReason = deadConnection
            return false
        }
        if let upstream { noteResend(.deadConnection, at: upstream) }
        machine.repeated()
        summary.attempts = machine.sends
        return true
    }

    /// libcurl goes on with the attempt, over another connection.
    private func noteResend(_ error: ProxyError, at upstream: Upstream) {
        note(error, at: upstream.backend, isResent: true)
        logFailure(error, retryingOn: upstream.backend)
        countResend(error, at: upstream)
    }

    /// By HTTP/2 a server can say that it has not looked at a request. Then libcurl sends it again, and that counts as an attempt.
    private func mayResendRefused() -> Bool {
        let error = ProxyError(.streamRefused)
        let mayBeRepeated =
            isReplayableByLibcurl
            && target?.retry.allows(error, attempt: machine.attempt, isIdempotent: isRepeatable, hasBody: true)
                == true
        guard mayBeRepeated, !isBetterElsewhere else {
            facts.ownReason = error
            return false
        }
        if let upstream { noteResend(error, at: upstream) }
        machine.attemptStarted()
        summary.attempts = machine.sends
        return true
    }

    /// The kept connection that the request was sent over has turned out dead.
    var deadConnection: ProxyError {
        isRepeatable ? ProxyError.deadConnection : ProxyError(.replayRefused)
    }

    /// The same backend is to have a request that it refused again only once, and not if that would be the last attempt; unless
    /// there is no other.
    private var isBetterElsewhere: Bool {
        guard let shared = pool?.shared, facts.sends > 2 || machine.attempt + 1 >= retryPolicy?.attempts ?? 0 else {
            return false
        }
        return !shared.pool.candidates(excluding: tried).isEmpty
    }

    /// libcurl holds all of the request: it has no body, or one that arrived with the head.
    private var isReplayableByLibcurl: Bool { unsafe request.framing == .none || wholeBody != nil }

    /// The request may go to the same backend once more after `error`, for its connection was an old one.
    private func mayRepeat(after error: ProxyError) -> Bool {
        error.kind == .replayRefused && isRepeatable && machine.mayRepeat && firstByte == 0 && tunnel == .none
            && retryPolicy?.repeatsOnDeadConnections == true
    }

    /// The attempt at `backend`, where the request still counts as in flight, has failed with `error`: if its connection was an old
    /// one, the request goes there again.
    func repeats(after error: ProxyError, at backend: Backend) -> Bool {
        guard mayRepeat(after: error), hedge == nil, canSendBodyAgain, !deadlines.isTotalOver(at: .now()) else {
            return false
        }
        endTransfer(cancelling: true)
        countAttempt(error)
        note(error, at: backend)
        logFailure(error, retryingOn: backend)
        machine.repeated()
        adaptHead(to: backend)
        restartCopy()
        send(to: backend, overNewConnection: !backend.speaksHTTP2)
        return true
    }

    /// The same for a hedge, which libcurl would send again over the connection of `transfer`.
    func mayRepeat(_ hedge: HedgedAttempt, over transfer: Transfer) -> Bool {
        guard transfer.isOnNewConnection, retryPolicy?.repeatsOnDeadConnections == true else { return false }
        summary.backend = hedge.backend.name
        logFailure(.deadConnection, retryingOn: hedge.backend)
        summary.backend = upstream?.backend.name
        countResend(.deadConnection, at: hedge.upstream)
        machine.sentAgain()
        summary.attempts = machine.sends
        return true
    }
}
