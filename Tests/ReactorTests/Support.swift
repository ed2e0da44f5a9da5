// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Reactor

/// A handler made of a closure.
final class Watcher: EventHandler {
    private let body: (Readiness, Int32) -> Void

    init(_ body: @escaping (Readiness, Int32) -> Void) { self.body = body }

    func handle(_ readiness: Readiness, on descriptor: Int32) { body(readiness, descriptor) }
}

/// A timer handler made of a closure.
final class Alarm: TimerHandler {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    func timerFired(_ timer: TimerID, at now: MonotonicTime) { body() }
}

/// Runs a loop for a test and keeps it from hanging for ever.
final class Runner: EventLoopOwner {
    private(set) var turns = 0
    private(set) var isTooLate = false
    var eachTurn: () -> Void = {}

    /// Runs `loop` until it is stopped, for at most 20 s.
    func run(_ loop: EventLoop) {
        let alarm = Alarm { [unowned self] in
            isTooLate = true
            loop.stop()
        }
        let timer = loop.makeTimer(alarm)
        loop.set(timer, to: loop.refreshNow().advanced(byNanoseconds: 20_000_000_000))
        loop.run(owner: self)
        loop.release(timer)
        // It holds what holds this object.
        eachTurn = {}
    }

    func finishTurn() {
        turns += 1
        eachTurn()
    }
}

/// Two connected, non-blocking stream sockets.
struct SocketPair {
    let near: Socket
    let far: Socket

    init() {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        precondition(socketpair(AF_UNIX, type, 0, &ends) == 0)
        near = Socket(descriptor: ends[0])
        far = Socket(descriptor: ends[1])
    }

    func close() {
        near.close()
        far.close()
    }
}

extension Socket {
    @discardableResult
    func write(_ text: String) -> IOResult {
        Array(text.utf8).withUnsafeBytes { write($0) }
    }

    /// What there is to read, up to 4 KiB, and what the read said.
    func readText() -> (IOResult, String) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let result = buffer.withUnsafeMutableBytes { read(into: $0) }
        guard case .bytes(let count) = result else { return (result, "") }
        return (result, String(decoding: buffer[..<count], as: UTF8.self))
    }
}
