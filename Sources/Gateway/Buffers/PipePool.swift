// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Pipes that a worker lends to connections for long bodies.
///
/// Each takes two descriptors, so there are only so many; a body for which there is none is copied.
final class PipePool {
    private var free: FreeList<SplicePipe>
    /// How many more there may be.
    private var left: Int

    init(atMost: Int) {
        left = atMost
        free = FreeList(keeping: atMost)
    }

    /// There are more free ones than are kept for ever.
    var isLarge: Bool { free.isLarge }

    /// An empty pipe, or `nil` if all are in use.
    func take() -> SplicePipe? {
        if let pipe = free.take() { return pipe }
        guard left > 0, let pipe = try? SplicePipe() else { return nil }
        left -= 1
        return pipe
    }

    /// Takes a pipe back. One in which something was left, since its body came to a bad end, is closed.
    func give(_ pipe: SplicePipe) {
        if pipe.isEmpty { free.give(pipe) } else { left += 1 }
    }

    /// Closes those that nobody has needed since the last time, and returns how many they were.
    func trim() -> Int {
        let count = free.trim()
        left += count
        return count
    }
}
