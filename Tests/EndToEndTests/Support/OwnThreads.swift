// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Runs a suite on threads that are there for it. Its tests wait in system calls most of the time; of Swift's own threads there
/// is one for each core, so two such tests at a time would be all that ran, and they would keep back those that compute.
struct OwnThreads: SuiteTrait, TestScoping {
    private let threads: TestThreads

    /// Beside the tests of other suites.
    static let few = OwnThreads(threads: TestThreads(2))
    /// One after the other, from the beginning: what takes long in all, so that nothing is left to wait for at the end.
    static let changing = OwnThreads(threads: TestThreads(1))
    /// Those that have to wait half a minute for what they are about.
    static let patient = OwnThreads(threads: TestThreads(1))
    /// Those that measure, which should not be beside one another.
    static let measuring = OwnThreads(threads: TestThreads(1))
    /// Those with a browser, which is heavy: not beside one another either, nor beside what changes much.
    static let browsing = changing

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        // Tasks inherit it: those of the suite's tests are made within.
        try await withTaskExecutorPreference(threads) { try await function() }
    }
}

extension Trait where Self == OwnThreads {
    /// The threads that the suite's tests run on.
    static func threads(_ which: OwnThreads) -> Self { which }
}

/// Threads that run what is given to them, in its order.
final class TestThreads: TaskExecutor {
    private let jobs = Monitor<[UnownedJob]>([])

    init(_ count: Int) {
        for _ in 0..<count {
            _ = BackgroundThread { [self] in
                while let job = try? jobs.wait(for: "a test", until: .never, { $0.isEmpty ? nil : $0.removeFirst() }) {
                    job.runSynchronously(on: asUnownedTaskExecutor())
                }
            }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.change { $0.append(job) }
    }
}
