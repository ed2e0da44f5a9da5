// SPDX-License-Identifier: Apache-2.0

/// Buffers of one size that a worker lends to the connections which are doing something.
///
/// An idle connection holds none, so memory follows activity and not the number of clients.
final class BufferPool {
    private let size: Int
    private let most: Int
    private var free: [ByteBuffer] = []

    /// Keeps at most `most` buffers of `size` bytes for later.
    init(size: Int, keeping most: Int) {
        self.size = size
        self.most = most
        free.reserveCapacity(most)
    }

    /// An empty buffer.
    func take() -> ByteBuffer {
        free.popLast() ?? ByteBuffer(capacity: size)
    }

    /// Takes a buffer back. One that was grown for an unusual request is let go of.
    func give(_ buffer: ByteBuffer) {
        guard buffer.capacity == size, free.count < most else { return }
        buffer.removeAll()
        free.append(buffer)
    }
}
