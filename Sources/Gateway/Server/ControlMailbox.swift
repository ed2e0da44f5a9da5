// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Has things done on the control thread, where the configuration is changed, for whoever is on another.
final class ControlMailbox: Sendable {
    typealias Job = @Sendable (ControlLoop) -> Void

    let wakeup: Wakeup
    private let jobs = Locked<[Job]>([])

    init() throws(SystemError) {
        wakeup = try Wakeup()
    }

    /// Has `job` called on the control thread, in the order of these calls. May be called from any thread; what comes when
    /// the server has stopped is not called.
    func perform(_ job: @escaping Job) {
        jobs.withLock { $0.append(job) }
        wakeup.wake()
    }

    /// What has come since the last call. Asked by the control thread.
    func takeAll() -> [Job] {
        wakeup.reset()
        return jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
    }
}
