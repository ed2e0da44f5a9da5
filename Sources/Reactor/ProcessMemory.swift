// SPDX-License-Identifier: Apache-2.0

internal import CLinux

/// How the process's allocator treats the kernel.
package enum ProcessMemory {
    /// Keeps up to `bytes` of freed memory in each of malloc's heaps, of which each thread has one.
    ///
    /// libcurl allocates a receive buffer for each transfer, 64 KiB, and frees it afterwards. By default, malloc would
    /// give the pages back each time (mallopt(3), `M_TRIM_THRESHOLD`: "The default value for this parameter is 128*1024") and
    /// fault them in again for the next.
    package static func keepFreed(_ bytes: Int32) {
        curlew_keep_freed_memory(bytes)
    }

    /// Gives back to the kernel what lies free, in all of the allocator's heaps.
    ///
    /// malloc_trim(3): "this function frees memory in all arenas and in all chunks with whole free pages". Without it a
    /// page stays as long as anything behind it in its heap is in use.
    package static func giveBack() {
        curlew_give_memory_back()
    }
}
