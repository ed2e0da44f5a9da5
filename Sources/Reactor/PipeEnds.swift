// SPDX-License-Identifier: Apache-2.0

internal import CLinux

/// The two ends of a new pipe, neither of which blocks or is inherited by a child process. Plain numbers that their owner
/// closes.
package struct PipeEnds: Sendable {
    package let read: Int32
    package let write: Int32

    /// - Throws: No descriptors, or no memory, are left.
    package init() throws(SystemError) {
        var ends: InlineArray<2, Int32> = [-1, -1]
        var pair = ends.mutableSpan
        // Fills two Int32, as many as the array has.
        guard unsafe pair.withUnsafeMutableBufferPointer({ unsafe curlew_pipe($0.baseAddress) }) == 0 else {
            throw SystemError("pipe2")
        }
        (read, write) = (ends[0], ends[1])
    }
}
