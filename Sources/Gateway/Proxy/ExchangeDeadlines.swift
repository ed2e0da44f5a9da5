// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Whom an exchange waits for, and until when.
///
/// libcurl's own clock for a transfer runs on while it is paused, so the time limits of a proxy are kept here. Pure:
/// time is passed in.
struct ExchangeDeadlines {
    /// Whom the exchange waits for.
    enum Waiting: Equatable, Sendable {
        /// The backend, for a connection.
        case connect
        /// The client, for more of the request body.
        case clientBody
        /// The backend, to take more of the request body.
        case backendTakesBody
        /// The backend, for its response.
        case firstByte
        /// The backend, for more of the response.
        case responseBody
        /// The client, to take more of the response.
        case clientReads
        /// Both sides of a tunnel: for either to send something, and the other to take it.
        case tunnel
        /// The backend of a tunnel, which knows that the client has finished sending, and may have a long answer to give.
        case halfTunnel
        /// The backend of a tunnel whose client has finished sending, which nothing tells it: for what is on its way.
        case lastWords
        /// Nobody: there is another attempt when the time has come.
        case retry
        /// Other requests, for room at a backend.
        case queue
        /// Pings, for a backend to come back.
        case health
    }

    /// Time limits in nanoseconds.
    struct Limits: Sendable {
        var connect: UInt64
        var clientBody: UInt64
        var firstByte: UInt64
        var idle: UInt64
        var tunnel: UInt64
        /// For the whole exchange; `nil` for none.
        var total: UInt64?

        init(_ timeouts: TimeoutsConfiguration, _ limits: LimitsConfiguration) {
            connect = timeouts.connect.wholeNanoseconds
            clientBody = limits.bodyTimeout.wholeNanoseconds
            firstByte = timeouts.firstByte.wholeNanoseconds
            idle = timeouts.idle.wholeNanoseconds
            tunnel = timeouts.tunnel.wholeNanoseconds
            total = timeouts.total?.wholeNanoseconds
        }
    }

    private let limits: Limits
    private(set) var waiting = Waiting.connect
    private var since: MonotonicTime
    private var end: MonotonicTime
    /// Until when this attempt is to have an answer, and how long that is in all.
    private var attemptEnd = MonotonicTime.distantFuture
    private var attemptLimit: UInt64 = 0
    /// When an attempt without an answer gets company.
    private(set) var hedgeAt = MonotonicTime.distantFuture
    /// How long the next postponement of that takes, in nanoseconds.
    private var hedgePause: UInt64 = 0
    /// How long the next wait for ``Waiting/retry``, ``Waiting/queue`` or ``Waiting/health`` may take, in nanoseconds.
    var pause: UInt64 = 0
    /// How long a tunnel waits for more when its client has finished sending and the backend cannot be told.
    private static let lastWords: UInt64 = 2_000_000_000

    init(_ limits: Limits, startedAt start: MonotonicTime) {
        self.limits = limits
        since = start
        end = limits.total.map { start.advanced(byNanoseconds: $0) } ?? .distantFuture
    }

    /// From now on the exchange waits for `waiting`. Also to be called when it went on waiting for the same but has got
    /// something.
    mutating func wait(for waiting: Waiting, from now: MonotonicTime) {
        // As long as the request is not sent, the backend has nothing to answer.
        if attemptLimit > 0, self.waiting == .clientBody || self.waiting == .backendTakesBody {
            attemptEnd = now.advanced(byNanoseconds: attemptLimit)
        }
        self.waiting = waiting
        since = now
    }

    /// An attempt has begun that may take so many nanoseconds, if there is a limit, for what it waits for its backend.
    mutating func attemptBegan(at now: MonotonicTime, limit: UInt64?) {
        attemptLimit = limit ?? 0
        attemptEnd = limit.map { now.advanced(byNanoseconds: $0) } ?? .distantFuture
        hedgeAt = .distantFuture
    }

    /// The attempt that has begun gets company after so many nanoseconds without an answer.
    mutating func planHedge(_ delay: UInt64, from start: MonotonicTime) {
        hedgeAt = start.advanced(byNanoseconds: delay)
        hedgePause = max(1_000_000, delay / 8)
    }

    /// There can be no company now, but perhaps in a moment. Each pause is twice as long as the one before: mostly a place is
    /// free soon, and where all are slow at once, many wait who should not cost much.
    mutating func postponeHedge(from now: MonotonicTime) {
        hedgeAt = now.advanced(byNanoseconds: hedgePause)
        hedgePause = min(hedgePause * 2, 1 << 60)
    }

    /// There is company, or nobody wants it any more.
    mutating func dropHedge() {
        hedgeAt = .distantFuture
    }

    /// To wait for `waiting` from `now` on is what it does already, and what its timer is set to. That is never so of a
    /// connection: it is what each attempt waits for first, and before the first no timer was set.
    func isWaiting(for waiting: Waiting, since now: MonotonicTime) -> Bool {
        waiting != .connect && self.waiting == waiting && since.nanoseconds == now.nanoseconds
    }

    /// The client has sent nothing of its body for so long that a backend may have lost patience with it.
    func isClientSlow(at now: MonotonicTime) -> Bool {
        waiting == .clientBody && now >= since.advanced(byNanoseconds: 500_000_000)
    }

    /// The exchange has turned out to be of a kind that may last for ever: its end is no longer limited, only its silence.
    mutating func liftTotal() {
        end = .distantFuture
    }

    /// The limit for the whole exchange has passed.
    func isTotalOver(at now: MonotonicTime) -> Bool { now >= end }

    /// When the waiting is over.
    var deadline: MonotonicTime {
        let limit: UInt64 =
            switch waiting {
            case .connect: limits.connect
            case .clientBody: limits.clientBody
            case .firstByte: limits.firstByte
            case .retry, .queue, .health: pause
            case .backendTakesBody, .responseBody, .clientReads: limits.idle
            case .tunnel: limits.tunnel
            case .halfTunnel: min(limits.idle, limits.tunnel)
            case .lastWords: ExchangeDeadlines.lastWords
            }
        // As plain numbers, which need no call to be compared.
        var deadline = min(end.nanoseconds, since.advanced(byNanoseconds: limit).nanoseconds)
        if isForAnswer { deadline = min(deadline, attemptEnd.nanoseconds, hedgeAt.nanoseconds) }
        return MonotonicTime(nanoseconds: deadline)
    }

    /// It is the backend that takes its time, and the client has done all that it has to.
    private var isForAnswer: Bool { waiting == .connect || waiting == .firstByte }

    /// What it means that the deadline has passed.
    func expired(at now: MonotonicTime) -> ProxyError {
        if now >= end { return ProxyError(.totalTimedOut) }
        if isForAnswer, now >= attemptEnd {
            return ProxyError(.tryTimedOut, reason: "no response within \(text(attemptLimit)) (retry.per_try_timeout)")
        }
        return switch waiting {
        case .retry, .health: ProxyError(.totalTimedOut)
        case .queue: ProxyError(.queueTimedOut, reason: "no backend had room within \(text(pause)) (queue.timeout)")
        case .connect: ProxyError(.connectTimedOut)
        case .clientBody: ProxyError(.bodyTooSlow)
        case .firstByte: ProxyError(.responseTimedOut, reason: "no response within \(text(limits.firstByte))")
        case .backendTakesBody:
            ProxyError(.bodyNotTaken, reason: "the backend took no more of the request body for \(text(limits.idle))")
        case .responseBody: ProxyError(.idleTimedOut, reason: "the response stalled for \(text(limits.idle))")
        case .clientReads: ProxyError(.clientStoppedReading)
        case .tunnel: ProxyError(.tunnelTimedOut, reason: "the tunnel was silent for \(text(limits.tunnel))")
        case .halfTunnel, .lastWords:
            ProxyError(.tunnelTimedOut, reason: "the client has left the tunnel and the backend stays")
        }
    }

    private func text(_ nanoseconds: UInt64) -> String {
        Duration.nanoseconds(nanoseconds).text
    }
}
