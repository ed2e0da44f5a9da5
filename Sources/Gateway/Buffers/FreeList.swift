// SPDX-License-Identifier: Apache-2.0

/// Things that were used and will be used again: as many as were needed lately, and no more.
struct FreeList<Element> {
    /// So many are kept however little is going on.
    static var least: Int { 16 }

    private var elements: [Element] = []
    private let most: Int
    /// The fewest that have lain here since the last ``trim()``: so many nobody has needed.
    private var unneeded = 0

    /// Keeps at most `most`.
    init(keeping most: Int) {
        self.most = most
    }

    /// There are more than are kept for ever.
    var isLarge: Bool { elements.count > Self.least }

    /// One that was used before, if there is any.
    mutating func take() -> Element? {
        let element = elements.popLast()
        if elements.count < unneeded { unneeded = elements.count }
        return element
    }

    /// Takes one back, or lets go of it.
    mutating func give(_ element: Element) {
        if elements.count < most { elements.append(element) }
    }

    /// Lets go of those that nobody has needed since the last time.
    ///
    /// - Returns: How many they were.
    mutating func trim() -> Int {
        let surplus = max(0, min(unneeded, elements.count - Self.least))
        // Those at the end were used last, and are used next.
        elements.removeFirst(surplus)
        unneeded = elements.count
        return surplus
    }

    mutating func removeAll() {
        elements.removeAll()
        unneeded = 0
    }
}
