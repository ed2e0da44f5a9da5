// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Something that takes a while, done on a thread of its own that gives way to others. Whoever wants to know what came of it
/// looks for it now and then, or never.
package final class Errand<Value: Sendable>: Sendable {
    private let result = Locked<Value?>(nil)

    /// Begins with it.
    ///
    /// - Throws: The system is out of threads.
    package init(_ work: @escaping @Sendable () -> Value) throws(StartError) {
        do {
            let thread = try LoopThread(name: "curlew-errand", isBackground: true) { [result] in
                let value = work()
                result.withLock { $0 = value }
            }
            thread.detach()
        } catch {
            throw StartError("\(error)")
        }
    }

    /// `nil` until it is done.
    package var value: Value? { result.withLock { $0 } }
}
