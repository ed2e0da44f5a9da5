// SPDX-License-Identifier: Apache-2.0

/// Answers requests by itself where a ``Gateway`` would forward them: see ``LocalServer``.
///
/// Each worker has its own, and calls it on its thread only. It may not block: an answer that takes time says so with
/// ``LocalAnswer/delay``.
package protocol LocalResponder: AnyObject {
    /// What is done about `request`, whose body has been read whole. Requests of one connection come one after another.
    func answer(_ request: LocalRequest) -> LocalAnswer

    /// How many bytes of a body are kept for ``LocalRequest/body``; the others are dropped. Default none.
    var keptBodyBytes: Int { get }

    /// The answer to a request of which nobody wants to read the body; asked ahead of that. Default `nil`: it is read.
    func refusal(of request: LocalRequest) -> LocalAnswer?

    /// The answer to a client that is not served: its request cannot be read, comes too slowly or is too large, or there is no
    /// place for it.
    ///
    /// - Parameters:
    ///   - status: 400 and above.
    ///   - reason: What is wrong. It may name settings of the gateway.
    /// - Returns: Default `nil`: the server says so in the gateway's words.
    func response(toUnserved status: Int, reason: String) -> LocalResponse?
}

extension LocalResponder {
    package var keptBodyBytes: Int { 0 }

    package func refusal(of request: LocalRequest) -> LocalAnswer? { nil }

    package func response(toUnserved status: Int, reason: String) -> LocalResponse? { nil }
}

/// An answer that is not known yet. It is asked on the worker's thread, and let go of when the client is gone.
package protocol LocalWait: Sendable {
    /// Whether the answer is known now.
    mutating func look() -> LocalLook
}

/// What a ``LocalWait`` has found.
package enum LocalLook: Sendable {
    case known(LocalAnswer.Action)
    /// Not yet: it is asked again after this time.
    case unknown(pause: Duration)
}

/// The body of a response that has no known end. It is asked on the worker's thread, and let go of when the client is gone.
package protocol LocalStream: Sendable {
    /// What comes next, perhaps nothing, and how long to wait before the next question; `nil` when the response is over.
    ///
    /// A client that does not read is not asked for: it misses nothing but time.
    mutating func next() -> (bytes: [UInt8], pause: Duration)?
}

/// Makes a worker's responder, on that worker's thread.
package typealias LocalResponderFactory = @Sendable () -> any LocalResponder

/// What a ``LocalResponder`` does about a request.
package struct LocalAnswer: Sendable {
    /// What the client gets.
    package enum Action: Sendable {
        case respond(LocalResponse)
        /// A response without a known end, whose body is made as time goes by. That of `LocalResponse` is not sent.
        case stream(LocalResponse, any LocalStream)
        /// What is not known yet.
        case wait(any LocalWait)
        /// The connection is reset instead of a response.
        case reset
        /// Nothing, until the client gives up, an hour has passed or the server stops.
        case hang
    }

    package var action: Action
    /// How long the client waits for it. Default zero.
    package var delay: Duration

    package init(_ action: Action, delay: Duration = .zero) {
        self.action = action
        self.delay = delay
    }
}
