// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Reactor
import Testing

@Suite struct MonotonicTimeTests {
    @Test func theClockDoesNotGoBack() {
        let first = MonotonicTime.now()
        let second = MonotonicTime.now()
        #expect(second >= first)
        #expect(first.nanoseconds(since: second.advanced(byNanoseconds: 5)) == 0)
        #expect(first.advanced(byNanoseconds: 5).nanoseconds(since: first) == 5)
    }

    @Test func thereIsNothingBehindTheDistantFuture() {
        #expect(MonotonicTime(nanoseconds: 10).advanced(byNanoseconds: .max) == .distantFuture)
        #expect(MonotonicTime.distantFuture.advanced(byNanoseconds: 1) == .distantFuture)
    }

    @Test func durationsOfAnySizeHaveNanoseconds() {
        #expect(Duration.milliseconds(1500).wholeNanoseconds == 1_500_000_000)
        #expect(Duration.seconds(-1).wholeNanoseconds == 0)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        // The seconds fit, and what is behind the point does not any more.
        #expect((Duration.seconds(18_446_744_073) + .milliseconds(999)).wholeNanoseconds == .max)
    }
}

@Suite struct LoopThreadTests {
    @Test func joinWaitsUntilTheFunctionHasReturned() throws {
        let state = Monitor("")
        let gate = Gate()
        let thread = try LoopThread(name: "curlew-test") {
            try? gate.wait()
            state.change { $0 = "done" }
        }
        #expect(state.read { $0 } == "")
        gate.open()
        thread.join()
        #expect(state.read { $0 } == "done")
        #expect(LoopThread.availableCores >= 1)
    }
}

@Suite struct SystemErrorTests {
    @Test func anErrorSaysWhichCallFailedAndWhy() {
        #expect(SystemError("bind", code: 98).description == "bind: Address already in use")
        #expect(SystemError.text(of: 111) == "Connection refused")
    }
}
