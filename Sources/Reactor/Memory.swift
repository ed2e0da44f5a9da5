// SPDX-License-Identifier: Apache-2.0

internal import CLinux

/// What the C library's allocator does with memory that is freed.
package enum Memory {
    /// Gives back to the kernel what lies free, in all of the allocator's heaps.
    ///
    /// malloc_trim(3): "this function frees memory in all arenas and in all chunks with whole free pages". Without it a
    /// page stays as long as anything behind it in its heap is in use.
    package static func giveBack() {
        curlew_give_memory_back()
    }
}
