// SPDX-License-Identifier: Apache-2.0

/// Buffers of one size that a worker lends to the connections which are doing something.
///
/// An idle connection holds none, so memory follows activity and not the number of clients.
final class BufferPool {
    private let size: Int
    private var free: FreeList<ByteBuffer>

    /// Keeps at most `most` buffers of `size` bytes for later.
    init(size: Int, keeping most: Int) {
        self.size = size
        free = FreeList(keeping: most)
    }

    /// There are more free ones than are kept for ever.
    var isLarge: Bool { free.isLarge }

    /// An empty buffer.
    func take() -> ByteBuffer {
        free.take() ?? ByteBuffer(capacity: size)
    }

    /// Takes a buffer back. One that was grown for an unusual request is let go of.
    func give(_ buffer: ByteBuffer) {
        guard buffer.capacity == size else { return }
        buffer.removeAll()
        free.give(buffer)
    }

    /// Lets go of those that nobody has needed since the last time, and returns how many they were.
    func trim() -> Int { free.trim() }
}
