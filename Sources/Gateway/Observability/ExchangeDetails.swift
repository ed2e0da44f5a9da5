// SPDX-License-Identifier: Apache-2.0

/// What an ordinary request that is not traced does not have: apart from its ``ExchangeSummary``, so that it costs such a request
/// no more than to see that there is none. It belongs to one thread.
package final class ExchangeDetails {
    /// Why the request as a whole has failed; `nil` when it has not.
    package var failure: String?
    /// The same as a word from a list that ends.
    package var failureToken: StaticString?
    /// Every attempt, where there were several or one that failed.
    package var tries: [AttemptRecord] = []
    /// How the request takes part in a trace; `nil` where requests are not traced.
    package var trace: TraceContext?
    /// Its spans are sent somewhere.
    package var isExported = false
    /// The span that the head belongs to which was written last for a backend, and that of the attempt that is under way.
    package var writtenSpan = SpanID(0)
    package var attemptSpan = SpanID(0)

    package init() {}

    /// Forgets everything but its storage.
    package func reset() {
        failure = nil
        failureToken = nil
        tries.removeAll(keepingCapacity: true)
        trace = nil
        isExported = false
    }
}

extension ExchangeSummary {
    /// See ``ExchangeDetails``; each of these makes them where they are needed.
    package var failure: String? {
        get { details?.failure }
        set { if newValue != nil || details != nil { ensureDetails().failure = newValue } }
    }

    /// Empty where nothing has failed.
    package var tries: [AttemptRecord] {
        get { details?.tries ?? [] }
        set { ensureDetails().tries = newValue }
    }

    package var trace: TraceContext? {
        get { details?.trace }
        set { if newValue != nil || details != nil { ensureDetails().trace = newValue } }
    }

    package mutating func ensureDetails() -> ExchangeDetails {
        if let details { return details }
        let made = ExchangeDetails()
        details = made
        return made
    }
}
