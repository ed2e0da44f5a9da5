// SPDX-License-Identifier: Apache-2.0

/// How far one exchange has come, and what is to be done when something ends it.
///
/// Pure: it is told what happened and answers what to do. The one rule it keeps is that a client sees one response:
/// until a response has begun there may be another attempt or an error answer; from then on a failure can only cut the
/// connection, so that what was sent cannot look whole.
struct ExchangeStateMachine {
    /// What to do now that an attempt has ended.
    enum Action: Equatable {
        /// The response is complete: end it well.
        case finish
        /// Send the request to another backend, if there is one; else answer with the error.
        case retry(ProxyError)
        /// Answer the client with the error.
        case answer(ProxyError)
        /// Close the client's connection without ending the response.
        case cut(ProxyError)
        /// Nobody is left to be told.
        case abandon(ProxyError)
    }

    private(set) var attempt = 0
    /// The request was not sent to the backend of this attempt again; see ``repeated()``.
    private(set) var mayRepeat = true
    private var repeats = 0
    /// How often the request was sent: attempts, and what does not count as one.
    var sends: Int { attempt + repeats }
    /// A final response head has been handed to the client.
    private(set) var hasBegun = false
    private(set) var isOver = false

    mutating func reset() {
        self = ExchangeStateMachine()
    }

    /// The request is given to a backend.
    mutating func attemptStarted() {
        attempt += 1
        mayRepeat = true
    }

    /// Within the same attempt it is sent once more, since its connection was dead.
    mutating func repeated() {
        sentAgain()
        mayRepeat = false
    }

    /// An attempt beside this one is sent once more.
    mutating func sentAgain() {
        repeats += 1
    }

    /// The head of the final response goes to the client.
    mutating func responseBegan() {
        hasBegun = true
    }

    /// The attempt is over: well, without `error`, or with it. `mayRetry` is what ``RetryPolicy`` says.
    mutating func attemptEnded(_ error: ProxyError?, mayRetry: Bool) -> Action {
        guard let error else {
            isOver = true
            return .finish
        }
        if error.kind == .clientLeft || (error.kind == .clientStoppedReading && !hasBegun) {
            isOver = true
            return .abandon(error)
        }
        if hasBegun {
            isOver = true
            return .cut(error)
        }
        if mayRetry { return .retry(error) }
        isOver = true
        return .answer(error)
    }

    /// The exchange is answered by the gateway itself, before or instead of an attempt.
    mutating func answered() {
        isOver = true
    }
}
