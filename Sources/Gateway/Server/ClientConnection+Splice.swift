// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Long responses, which go through a pipe of the kernel's and not through the process; see ``SplicePipe``.
extension ClientConnection {
    func pipeForBody() -> Int32 {
        if pipe == nil { pipe = worker.pipes.take() }
        return pipe?.writeEnd ?? -1
    }

    func sendSpliced(_ count: Int) -> Bool {
        inPipe += count
        switch sendWaiting() {
        case .all:
            giveOutput()
            return true
        case .some, .none: return true
        case .failed: return false
        }
    }

    /// Nothing is put into the pipe any more.
    func givePipe() {
        guard let pipe else { return }
        worker.pipes.give(pipe)
        self.pipe = nil
        inPipe = 0
    }
}
