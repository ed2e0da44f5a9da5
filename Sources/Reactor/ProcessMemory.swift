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
}
