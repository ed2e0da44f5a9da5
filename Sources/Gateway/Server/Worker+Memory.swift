// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// A moment of many requests at once needs many buffers, exchanges and transfers. They are kept, so that the next such
/// moment costs nothing, but not for ever: a second in which some of them were not needed is the end of those.
extension Worker {
    private static let interval: UInt64 = 1_000_000_000

    /// Looks a few times, in a second and then in another, at what is not needed. A worker with little to do never comes
    /// here, and is not woken.
    func trimLater() {
        trimsLeft = 3
        setTrimTimer()
    }

    private func setTrimTimer() {
        loop.set(trimTimer, to: loop.now.advanced(byNanoseconds: Worker.interval))
    }

    /// Begins anew with the memory that libcurl has freed and will soon want again.
    func keepMemoryForLibcurl() {
        CurlLibrary.keepFreedMemory(upTo: 1024 * 1024)
    }

    func trim() {
        trimsLeft -= 1
        if trimsLeft > 0 { setTrimTimer() }
        let count = inputBuffers.trim() + outputBuffers.trim() + pipes.trim() + context.trim()
        // It takes a moment, in which no other thread can have memory.
        if count >= 64 {
            // Small pieces between the large ones would keep these from being given back.
            keepMemoryForLibcurl()
            ProcessMemory.giveBack()
        }
    }
}
