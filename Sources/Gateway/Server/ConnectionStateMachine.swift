// SPDX-License-Identifier: Apache-2.0

/// The life of one client connection: what may come next, and what to do about what came.
///
/// Pure: it is told what happened and answers what to do; ``ClientConnection`` does it.
struct ConnectionStateMachine {
    enum Phase: Equatable {
        /// The PROXY protocol header, which says whom the connection is from, has not come.
        case proxyHeader
        /// Between requests; nothing of the next one has come.
        case idle
        /// Some of a request head has come.
        case head
        /// A request is being answered.
        case exchange
        /// The response is complete but the client has not taken it all.
        case flushing
        /// Nothing more will be sent; what still comes is thrown away for a while, since closing a socket with unread
        /// bytes resets the connection, and a reset may destroy the answer before the client has read it.
        case lingering
        case closed
    }

    enum Action: Equatable {
        case none
        /// Begin to receive a request.
        case beginRequest
        /// There is no request after all.
        case forgetRequest
        /// Look for the next request, in what has come already or in what comes.
        case nextRequest
        /// Close the connection.
        case close
        /// Say that nothing more will be sent, then wait for the client to close.
        case linger
        /// Close so that the client cannot take what it has got for the whole.
        case reset
        /// The client is gone in the middle of an exchange.
        case cancelExchange
        /// Answer that the request head took too long.
        case rejectSlowHead
        /// The exchange decides.
        case askExchange
    }

    private(set) var phase = Phase.idle
    /// Another request may follow the one that is being answered.
    private(set) var keepsAlive = true
    /// The request that is being answered has been received whole.
    private(set) var requestIsComplete = true
    /// The exchange has become a tunnel, which is the connection's last.
    private(set) var isTunnel = false
    private(set) var requests = 0
    /// Empty lines that have come since the last request and are forgotten.
    private(set) var emptyLines = 0

    /// The connection begins with a PROXY protocol header.
    mutating func expectProxyHeader() {
        phase = .proxyHeader
    }

    mutating func proxyHeaderComplete() {
        phase = .idle
    }

    /// The client is not served, and has been told so.
    mutating func refused() -> Action {
        phase = .lingering
        return .linger
    }

    /// There are bytes of a request.
    mutating func bytesArrived() -> Action {
        guard phase == .idle else { return .none }
        phase = .head
        return .beginRequest
    }

    /// What has come is empty lines alone, `count` of them since the last request: the connection is as idle as before.
    mutating func onlyEmptyLines(_ count: Int) -> Action {
        guard phase == .head else { return .none }
        emptyLines = count
        phase = .idle
        return .forgetRequest
    }

    /// A request head is complete, or is found to be none.
    mutating func headComplete() {
        phase = .exchange
        emptyLines = 0
        requests += 1
        requestIsComplete = false
    }

    mutating func requestBodyComplete() {
        requestIsComplete = true
    }

    /// What was a request has become a tunnel: a client that finishes sending may still want to receive.
    mutating func tunnelBegan() {
        isTunnel = true
        requestIsComplete = false
    }

    /// The response is complete; `isFlushed` if the client has taken all of it.
    mutating func responseComplete(keepAlive: Bool, isFlushed: Bool) -> Action {
        keepsAlive = keepAlive && requestIsComplete
        guard isFlushed else {
            phase = .flushing
            return .none
        }
        return flushed()
    }

    /// The client has taken all that it was sent.
    mutating func flushed() -> Action {
        switch phase {
        case .exchange, .flushing:
            if keepsAlive {
                phase = .idle
                return .nextRequest
            }
            phase = .lingering
            return .linger
        default: return .none
        }
    }

    /// The exchange cannot be completed.
    mutating func exchangeCut(resetting: Bool) -> Action {
        phase = .closed
        return resetting ? .reset : .close
    }

    /// The client will send no more.
    mutating func peerClosed() -> Action {
        switch phase {
        case .proxyHeader, .idle, .head, .lingering:
            phase = .closed
            return .close
        // A client that closes and one that only says that it will send no more look alike. Most of those who do either
        // are gone, and work for them is wasted; HTTP has no use for a half-closed connection (nginx decides the same).
        // While the request is incomplete, what was sent of it is read first, and its end is found there.
        case .exchange: return requestIsComplete ? .cancelExchange : .none
        case .flushing:
            keepsAlive = false
            return .none
        case .closed: return .none
        }
    }

    /// The connection is broken.
    mutating func broken() -> Action {
        switch phase {
        case .exchange: return .cancelExchange
        case .closed: return .none
        default:
            phase = .closed
            return .close
        }
    }

    /// The time limit of the phase has passed.
    mutating func deadlinePassed() -> Action {
        switch phase {
        case .proxyHeader, .idle, .lingering:
            phase = .closed
            return .close
        case .head: return .rejectSlowHead
        case .exchange: return .askExchange
        case .flushing:
            phase = .closed
            return .reset
        case .closed: return .none
        }
    }

    /// The gateway is shutting down: no further requests. `isFlushed` if the client has taken all that it was sent.
    mutating func drain(isFlushed: Bool) -> Action {
        switch phase {
        case .proxyHeader:
            phase = .closed
            return .close
        case .idle where isFlushed:
            phase = .closed
            return .close
        case .idle, .flushing:
            keepsAlive = false
            phase = .flushing
            return .none
        default: return .none
        }
    }

    /// The gateway has no more time to wait.
    mutating func abort() -> Action {
        guard phase != .closed else { return .none }
        phase = .closed
        return .close
    }

    mutating func closed() {
        phase = .closed
    }
}
