// SPDX-License-Identifier: Apache-2.0

import CRuntime
import Glibc
import Testing

/// What libcurl is told of the clock and of its sockets while a thread is inside it. Each test stays on its thread.
@Suite struct AnsweredCallTests {
    /// Under a sanitizer, which answers these calls itself, only what holds there too is asked.
    private let areOurs: Bool = {
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        var before = timespec()
        var after = timespec()
        clock_gettime(CLOCK_MONOTONIC, &before)
        usleep(10)
        clock_gettime(CLOCK_MONOTONIC, &after)
        return before.nanoseconds == after.nanoseconds
    }()

    @Test func timeStandsStillForAWhileAndNeverForEver() {
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        var times: [Int] = []
        for _ in 0..<320 {
            var now = timespec()
            #expect(clock_gettime(CLOCK_MONOTONIC, &now) == 0)
            times.append(now.nanoseconds)
        }
        let changes = zip(times, times.dropFirst()).count { $0 != $1 }
        // Else a loop of libcurl's that waits for a time would never end.
        #expect(changes >= 9)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        if areOurs { #expect(changes == 9) }
    }

    @Test func timeIsReadAnewAtEachEntry() {
        var first = timespec()
        var second = timespec()
        curlew_enter_libcurl()
        clock_gettime(CLOCK_MONOTONIC, &first)
        curlew_leave_libcurl()
        usleep(10)
        curlew_enter_libcurl()
        clock_gettime(CLOCK_MONOTONIC, &second)
        curlew_leave_libcurl()
        #expect(first.nanoseconds < second.nanoseconds)
    }

    @Test func otherClocksAndThoseOutsideGoOn() {
        var times = (timespec(), timespec())
        clock_gettime(CLOCK_MONOTONIC, &times.0)
        usleep(10)
        clock_gettime(CLOCK_MONOTONIC, &times.1)
        #expect(times.0.nanoseconds < times.1.nanoseconds)
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        clock_gettime(CLOCK_REALTIME, &times.0)
        usleep(10)
        clock_gettime(CLOCK_REALTIME, &times.1)
        #expect(times.0.nanoseconds != times.1.nanoseconds)
        #expect(clock_gettime(-1, &times.0) == -1)
    }

    @Test func aSocketIsNotLookedAtAgainAsSoonAsItWasSentOn() throws {
        let pair = try Pair(withInput: true)
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        // Whether the connection is alive is always looked at.
        #expect(look(pair.end) == 1)
        curlew_libcurl_sends()
        if areOurs { #expect(look(pair.end) == 0) }
        // Once only.
        #expect(look(pair.end) == 1)
    }

    @Test func anotherSocketIsLookedAtWhateverWasSentBefore() throws {
        let (first, second) = (try Pair(withInput: true), try Pair(withInput: true))
        curlew_enter_libcurl()
        #expect(look(first.end) == 1)
        curlew_libcurl_sends()
        #expect(look(second.end) == 1)
        curlew_leave_libcurl()
        // Nor does anything of it last.
        curlew_enter_libcurl()
        #expect(look(first.end) == 1)
        curlew_leave_libcurl()
        curlew_libcurl_sends()
        #expect(look(first.end) == 1)
    }

    @Test func aNewConnectionAndAWishToWriteAreLookedAt() throws {
        let pair = try Pair(withInput: true)
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        // Nothing was looked at before this request was sent.
        curlew_libcurl_sends()
        #expect(look(pair.end) == 1)
        curlew_libcurl_sends()
        #expect(look(pair.end, for: POLLIN | POLLOUT) == 1)
    }

    @Test func aSocketWhereNothingMayComeHasFailedIfSomethingHas() throws {
        let (loud, quiet) = (try Pair(withInput: true), try Pair(withInput: false))
        defer { curlew_forget_sockets() }
        let isTold = curlew_expect_silence(loud.end) != 0
        #expect(isTold == areOurs)
        #expect((curlew_expect_silence(quiet.end) != 0) == areOurs)
        // Nobody but libcurl is told.
        #expect(events(of: loud.end) == POLLIN)
        curlew_enter_libcurl()
        defer { curlew_leave_libcurl() }
        #expect(events(of: quiet.end) == 0)
        // However often it is asked: libcurl looks at all its connections from time to time.
        for _ in 0..<3 where isTold { #expect(events(of: loud.end) == POLLIN | POLLERR | POLLNVAL) }
        // Whoever wants to write has a connection to make, perhaps under the number of one that was closed.
        #expect(look(loud.end, for: POLLIN | POLLOUT, sees: POLLIN | POLLOUT))
        curlew_expect_anything(loud.end)
        #expect(events(of: loud.end) == POLLIN)
        // A connection that is sent on is in use again.
        _ = curlew_expect_silence(loud.end)
        _ = look(loud.end)
        curlew_libcurl_sends()
        _ = look(loud.end)
        #expect(events(of: loud.end) == POLLIN)
        #expect(curlew_expect_silence(-1) == 0)
        curlew_expect_anything(-1)
        curlew_expect_anything(100_000)
    }

    private func look(_ descriptor: Int32, for events: Int32, sees: Int32) -> Bool {
        var socket = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        poll(&socket, 1, 0)
        return Int32(socket.revents) == sees
    }

    private func events(of descriptor: Int32) -> Int32 {
        var socket = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&socket, 1, 0)
        return Int32(socket.revents)
    }

    private func look(_ descriptor: Int32, for events: Int32 = POLLIN) -> Int32 {
        var socket = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&socket, 1, 0)
    }
}

/// Two sockets that are connected with each other.
private final class Pair {
    let end: Int32
    private let other: Int32

    init(withInput: Bool) throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        (end, other) = (ends[0], ends[1])
        if withInput { try #require(write(other, "x", 1) == 1) }
    }

    deinit {
        close(end)
        close(other)
    }
}

extension timespec {
    fileprivate var nanoseconds: Int { tv_sec * 1_000_000_000 + tv_nsec }
}
