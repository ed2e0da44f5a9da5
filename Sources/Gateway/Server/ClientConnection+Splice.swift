// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Long bodies, which go through a pipe of the kernel's and not through the process; see ``SplicePipe``.
extension ClientConnection {
    func pipeForResponse() -> Int32 {
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

    func pipeOfRequest() -> Int32 {
        if requestPipe == nil { requestPipe = worker.pipes.take() }
        return requestPipe?.readEnd ?? -1
    }

    func receiveSpliced(_ count: Int) -> IOResult {
        guard isReadable, let requestPipe else { return .wouldBlock }
        let result = requestPipe.receive(count, from: socket)
        // Less than was asked for may be for want of places in the pipe, so that only this says that there is no more.
        switch result {
        case .bytes: pipelined = 0
        case .wouldBlock: isReadable = false
        case .endOfStream, .failed: peerHasClosed = true
        }
        return result
    }

    /// The request is over, and nobody sends from the pipe any more.
    func giveRequestPipe() {
        guard let requestPipe else { return }
        worker.pipes.give(requestPipe)
        self.requestPipe = nil
    }

    /// Nothing is put into the response's pipe any more.
    func givePipe() {
        guard let pipe else { return }
        worker.pipes.give(pipe)
        self.pipe = nil
        inPipe = 0
    }
}
