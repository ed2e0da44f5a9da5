// SPDX-License-Identifier: Apache-2.0

/// Who waits, in the order of coming. Whoever has lost patience leaves from wherever it stands. Pure: time is passed in.
struct WaitingLine<Element> {
    /// Who stands in front, and since when.
    struct Front {
        let element: Element
        let since: UInt64
    }

    /// Without those that have left; their places are given up from the front.
    private var places: [Front?] = []
    /// Index of the front within ``places``.
    private var front = 0
    /// The ticket of the place at index 0.
    private var firstTicket: UInt64 = 0
    private(set) var count = 0

    /// Who stands in front.
    var first: Front? { front < places.count ? places[front] : nil }

    /// Puts `element` at the end, at the time `since` of whatever clock.
    ///
    /// - Returns: The ticket to leave by. None is given twice.
    mutating func append(_ element: Element, since: UInt64) -> UInt64 {
        places.append(Front(element: element, since: since))
        count += 1
        return firstTicket + UInt64(places.count - 1)
    }

    /// Lets go of whom the ticket was given to.
    ///
    /// - Returns: Since when it has waited; `nil` if it waits no more.
    @discardableResult
    mutating func remove(_ ticket: UInt64) -> UInt64? {
        guard ticket >= firstTicket, ticket - firstTicket < places.count else { return nil }
        let index = Int(ticket - firstTicket)
        guard let since = places[index]?.since else { return nil }
        places[index] = nil
        count -= 1
        while front < places.count, places[front] == nil { front += 1 }
        // Each place is moved once for each time that it is passed, so that this costs nothing to speak of.
        if front == places.count || front > max(32, places.count / 2) {
            firstTicket += UInt64(front)
            places.removeFirst(front)
            front = 0
        }
        return since
    }
}
