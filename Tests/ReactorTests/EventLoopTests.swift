// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Reactor
import Testing

@Suite struct EventLoopTests {
    /// Both sockets are ready in one turn. Whichever comes first closes the other, whose number is given to a third that
    /// has nothing to read: the event that the kernel has already handed out must not reach the third's handler.
    @Test func theEventOfASocketThatWasClosedMeanwhileIsDroppedThoughItsNumberIsUsedAgain() throws {
        let loop = try EventLoop()
        let (first, second) = (SocketPair(), SocketPair())
        var handled = 0
        var misled = 0
        var reused: Int32 = -1
        let third = SocketPair()

        let innocent = Watcher { _, _ in misled += 1 }
        var watchers: [Watcher] = []
        func takeOver(from victim: Socket) {
            handled += 1
            guard handled == 1 else { return }
            loop.deregister(victim.descriptor)
            // Closes the victim and in the same moment gives its number to a socket that is not readable.
            reused = dup2(third.near.descriptor, victim.descriptor)
            #expect(reused == victim.descriptor)
            #expect(throws: Never.self) { try loop.register(reused, .readable, handler: innocent) }
        }
        watchers = [
            Watcher { _, _ in takeOver(from: second.near) }, Watcher { _, _ in takeOver(from: first.near) },
        ]
        try loop.register(first.near.descriptor, .readable, handler: watchers[0])
        try loop.register(second.near.descriptor, .readable, handler: watchers[1])
        first.far.write("a")
        second.far.write("b")

        let runner = Runner()
        runner.eachTurn = { if runner.turns == 3 { loop.stop() } }
        runner.run(loop)
        #expect(!runner.isTooLate)
        #expect(reused >= 0)
        #expect(misled == 0)

        // And the new owner of the number does get its own events.
        third.far.write("c")
        let again = try EventLoop()
        var seen = 0
        let watcher = Watcher { _, _ in
            seen += 1
            again.stop()
        }
        try again.register(reused, .readable, handler: watcher)
        Runner().run(again)
        #expect(seen == 1)
        loop.deregister(first.near.descriptor)
        loop.deregister(second.near.descriptor)
        again.deregister(reused)
        for socket in [first.far, second.far, third.near, third.far] { socket.close() }
        close(first.near.descriptor)
        close(second.near.descriptor)
    }

    /// Clients come after backends, and only some of them in each turn.
    @Test func deferrableEventsComeLastAndAFewAtATime() throws {
        let loop = try EventLoop()
        let clients = (0..<40).map { _ in SocketPair() }
        let backend = SocketPair()
        defer { for pair in clients + [backend] { pair.close() } }
        let runner = Runner()
        var handled: [(turn: Int, isClient: Bool)] = []
        let client = Watcher { _, _ in handled.append((runner.turns, true)) }
        let other = Watcher { _, _ in
            handled.append((runner.turns, false))
            var byte: UInt8 = 0
            read(backend.near.descriptor, &byte, 1)
        }
        for pair in clients {
            try loop.register(pair.near.descriptor, [.readable, .edgeTriggered, .deferrable], handler: client)
            pair.far.write("a")
        }
        try loop.register(backend.near.descriptor, .readable, handler: other)
        backend.far.write("b")
        runner.eachTurn = {
            // As many as have waited longest have had their turn: what comes now goes before those that are left.
            if handled.count == 17 { backend.far.write("c") }
            if handled.count == 42 { loop.stop() }
        }
        runner.run(loop)
        #expect(!runner.isTooLate)
        #expect(
            handled.map(\.isClient) == [false] + Array(repeating: true, count: 16) + [false]
                + Array(repeating: true, count: 24)
        )
        let perTurn = Dictionary(grouping: handled.filter(\.isClient), by: \.turn).mapValues(\.count)
        #expect(perTurn.sorted { $0.key < $1.key }.map(\.value) == [16, 16, 8])
    }

    /// What happens to a client that waits for its turn is told it once, all together.
    @Test func whatHappensWhileADeferrableEventWaitsIsAddedToIt() throws {
        let loop = try EventLoop()
        let pairs = (0..<20).map { _ in SocketPair() }
        defer { for pair in pairs { pair.near.close() } }
        let runner = Runner()
        var seen: [Int32: [Readiness]] = [:]
        let watcher = Watcher { readiness, descriptor in seen[descriptor, default: []].append(readiness) }
        for pair in pairs {
            try loop.register(pair.near.descriptor, [.readable, .edgeTriggered, .deferrable], handler: watcher)
            pair.far.write("a")
        }
        var closed = false
        runner.eachTurn = {
            if seen.count == 16, !closed {
                closed = true
                for pair in pairs where seen[pair.near.descriptor] == nil { pair.far.close() }
            }
            if seen.count == 20 { loop.stop() }
        }
        runner.run(loop)
        #expect(!runner.isTooLate)
        #expect(seen.values.allSatisfy { $0.count == 1 })
        #expect(seen.values.filter { $0[0].isReadable && $0[0].hasPeerClosed }.count == 4)
        for pair in pairs where seen[pair.near.descriptor]?[0].hasPeerClosed == false { pair.far.close() }
    }

    /// A client that is gone before its turn, and whose number is another's by then.
    @Test func aDeferredEventOfAnOldRegistrationIsDropped() throws {
        let loop = try EventLoop()
        let pairs = (0..<17).map { _ in SocketPair() }
        let quiet = SocketPair()
        defer { for pair in pairs + [quiet] { pair.close() } }
        let runner = Runner()
        var handled: Set<Int32> = []
        var misled = 0
        var innocent: Watcher?
        let watcher = Watcher { _, descriptor in
            handled.insert(descriptor)
            guard handled.count == 16, let last = pairs.first(where: { !handled.contains($0.near.descriptor) }) else {
                return
            }
            loop.deregister(last.near.descriptor)
            #expect(dup2(quiet.near.descriptor, last.near.descriptor) == last.near.descriptor)
            let watcher = Watcher { _, _ in misled += 1 }
            innocent = watcher
            #expect(throws: Never.self) {
                try loop.register(
                    last.near.descriptor,
                    [.readable, .edgeTriggered, .deferrable],
                    handler: watcher
                )
            }
        }
        for pair in pairs {
            try loop.register(pair.near.descriptor, [.readable, .edgeTriggered, .deferrable], handler: watcher)
            pair.far.write("a")
        }
        runner.eachTurn = {
            loop.skipSleep()
            if runner.turns == 5 { loop.stop() }
        }
        runner.run(loop)
        #expect(handled.count == 16)
        #expect(innocent != nil)
        #expect(misled == 0)
    }

    @Test func aLevelTriggeredSocketIsReportedForAsLongAsThereIsSomethingToRead() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        var events = 0
        let watcher = Watcher { [unowned loop] readiness, _ in
            #expect(readiness.isReadable && !readiness.isEnd)
            events += 1
            if events == 3 { loop.stop() }
        }
        try loop.register(pair.near.descriptor, .readable, handler: watcher)
        pair.far.write("x")
        let runner = Runner()
        runner.run(loop)
        #expect(events == 3)
        #expect(!runner.isTooLate)
    }

    @Test func anEdgeTriggeredSocketIsReportedOnceForEachChange() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        var events = 0
        let watcher = Watcher { readiness, _ in if readiness.isReadable { events += 1 } }
        try loop.register(pair.near.descriptor, [.readable, .edgeTriggered], handler: watcher)
        pair.far.write("x")
        let runner = Runner()
        runner.eachTurn = {
            loop.skipSleep()
            if runner.turns == 5 { pair.far.write("y") }
            if runner.turns == 10 { loop.stop() }
        }
        runner.run(loop)
        #expect(events == 2)
    }

    @Test func theEndOfThePeersStreamIsReported() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.near.close() }
        var seen: Readiness?
        let watcher = Watcher { [unowned loop] readiness, _ in
            seen = readiness
            loop.stop()
        }
        try loop.register(pair.near.descriptor, .readable, handler: watcher)
        pair.far.shutdownWriting()
        Runner().run(loop)
        #expect(seen?.hasPeerClosed == true)
        #expect(seen?.isHungUp == false)
        pair.far.close()
    }

    /// A socket that nothing is wanted of must not keep the loop awake, hung up or not.
    @Test func aSocketWithoutInterestIsSilentAndCanBeWokenAgain() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.near.close() }
        var events = 0
        var mayStop = false
        let watcher = Watcher { [unowned loop] _, _ in
            events += 1
            if mayStop { loop.stop() }
        }
        try loop.register(pair.near.descriptor, .readable, handler: watcher)
        loop.setInterest([], of: pair.near.descriptor)
        pair.far.close()
        let runner = Runner()
        let timer = loop.makeTimer(
            Alarm { [unowned loop, unowned runner] in
                #expect(events == 0)
                #expect(runner.turns < 10, "the loop was kept awake")
                mayStop = true
                loop.setInterest(.readable, of: pair.near.descriptor)
            }
        )
        loop.set(timer, to: loop.refreshNow().advanced(byNanoseconds: 30_000_000))
        runner.run(loop)
        #expect(events == 1)
    }

    @Test func timersGoOffInOrderAndNotTooEarly() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        let start = loop.refreshNow()
        for (place, milliseconds) in [30, 10, 20].enumerated() {
            let deadline = start.advanced(byNanoseconds: UInt64(milliseconds) * 1_000_000)
            let alarm = Alarm { [unowned loop] in
                #expect(loop.now >= deadline)
                fired.append(place)
                if fired.count == 3 { loop.stop() }
            }
            loop.set(loop.makeTimer(alarm), to: deadline)
        }
        let runner = Runner()
        runner.run(loop)
        #expect(fired == [1, 2, 0])
        // One turn for each timer and the first; a loop that wakes a moment too early spins.
        #expect(runner.turns <= 6)
    }

    /// Its distance in milliseconds does not fit where the kernel wants it, nor does rounding it up fit anywhere.
    @Test(arguments: [UInt64.max - 1, UInt64.max - 999_999, 1 << 62])
    func aVeryDistantDeadlineIsNoProblem(nanoseconds: UInt64) throws {
        let loop = try EventLoop()
        let far = loop.makeTimer(Alarm { Issue.record("it went off") })
        loop.set(far, to: MonotonicTime(nanoseconds: nanoseconds))
        let wakeup = try Wakeup()
        try loop.register(wakeup.descriptor, .readable, handler: Watcher { [unowned loop] _, _ in loop.stop() })
        wakeup.wake()
        loop.run(owner: Runner())
        loop.deregister(wakeup.descriptor)
    }

    @Test func aRefusedRegistrationLeavesNothingBehind() throws {
        let loop = try EventLoop()
        // epoll_ctl(2), EPERM: "The target file fd does not support epoll. This error can occur if fd refers to, for
        // example, a regular file or a directory."
        let file = open("/", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        weak var kept: Watcher?
        do {
            let watcher = Watcher { _, _ in }
            kept = watcher
            #expect(throws: SystemError("epoll_ctl", code: EPERM)) {
                try loop.register(file, .readable, handler: watcher)
            }
        }
        #expect(kept == nil)
    }

    @Test func aDeregisteredHandlerIsLetGo() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        weak var kept: Watcher?
        do {
            let watcher = Watcher { _, _ in }
            kept = watcher
            try loop.register(pair.near.descriptor, .readable, handler: watcher)
        }
        #expect(kept != nil)
        loop.deregister(pair.near.descriptor)
        #expect(kept == nil)
    }
}
