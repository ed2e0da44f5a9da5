// SPDX-License-Identifier: Apache-2.0

/// The generic cell rate algorithm (ITU-T I.371, annex A): a limit of so many requests in a time, with a burst.
///
/// Each request that is let in moves a point in time, the *theoretical arrival*, one interval ahead; a request may come as
/// long as that point is no more than `burst` intervals in the future. So in any stretch of time, however it is placed, no
/// more than `burst` requests are let in and one more for each whole interval that it lasts; and what stands of a client
/// is one number. A window that is reset would let twice the limit through around each reset.
///
/// Pure: the time is passed in. Nanoseconds throughout; sums that would overflow stop at the largest number.
struct GCRA: Sendable, Equatable {
    /// What becomes of a request.
    struct Decision: Equatable {
        let isAllowed: Bool
        /// The theoretical arrival from now on.
        let arrival: UInt64
        /// How many more may come at once.
        let remaining: UInt64
        /// Until one may come where none may now, or else until as many may come as ever.
        let wait: UInt64
    }

    /// Between two requests in the long run; at least 1.
    let interval: UInt64
    /// How far ahead the theoretical arrival may be: the burst, as time.
    let tolerance: UInt64

    /// - Parameters:
    ///   - requests: How many may come within `period` in the long run; at least 1. More than one a nanosecond cannot be told
    ///     apart.
    ///   - period: Nanoseconds.
    ///   - burst: How many may come at once; at least 1.
    init(requests: Int, period: UInt64, burst: Int) {
        let requests = UInt64(max(1, requests))
        // Rounded up, so that never more than the limit comes through: a nanosecond too long is no loss to anybody.
        let (quotient, remainder) = period.quotientAndRemainder(dividingBy: requests)
        interval = max(1, remainder > 0 ? quotient + 1 : quotient)
        let (product, overflow) = interval.multipliedReportingOverflow(by: UInt64(max(1, burst)))
        tolerance = overflow ? .max : product
    }

    /// Decides on one request at `now`, of somebody whose theoretical arrival is `arrival`: 0, or any time that has passed,
    /// for one who has not come lately.
    ///
    /// A `now` that is a little behind that of another thread is taken as it is: it makes requests wait by that much.
    func decide(_ arrival: UInt64, at now: UInt64) -> Decision {
        let next = GCRA.sum(max(arrival, now), interval)
        let ahead = next - now
        guard ahead <= tolerance else {
            return Decision(isAllowed: false, arrival: arrival, remaining: 0, wait: ahead - tolerance)
        }
        let remaining = (tolerance - ahead) / interval
        // With none left, the next is let in when the burst has room for one more interval.
        let wait = remaining == 0 ? interval - (tolerance - ahead) : ahead
        return Decision(isAllowed: true, arrival: next, remaining: remaining, wait: wait)
    }

    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
