// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// Long bodies of a known length, which nobody needs to look at: the kernel moves them from one side's socket to the
/// other's.
extension Exchange {
    /// From so many bytes on, a pipe costs less than what it saves.
    private static let worthAPipe: UInt64 = 64 * 1024

    /// The body passes as it is, and it is worth it.
    var mayBeSpliced: Bool {
        guard case .length(Exchange.worthAPipe...) = response.framing else { return false }
        return framing == .asGiven
    }

    /// Has the response's body go through a pipe, if there is one to be had.
    func splice(to downstream: any Downstream) {
        guard let transfer, transfer.canSplice else { return }
        let pipe = downstream.pipeForResponse()
        if pipe >= 0 { _ = transfer.spliceBody(into: pipe) }
    }

    /// The end of a pipe through which what comes next of the request's body is to be moved; -1 if it is to be copied.
    func sourceOfBody(_ transfer: Transfer, _ downstream: any Downstream) -> Int32 {
        guard body.isWorthAPipe, downstream.input.isEmpty, transfer.canSendFromPipe, !duties.contains(.mirroring)
        else { return -1 }
        return downstream.pipeOfRequest()
    }

    func transfer(_ transfer: Transfer, splicedBody count: Int) -> ReceiveDecision {
        guard let downstream else { return .abort }
        guard !downstream.isCongested else {
            wait(for: .clientReads)
            return .pause
        }
        summary.bytesOut += UInt64(count)
        guard downstream.sendSpliced(count) else {
            facts.ownReason = ProxyError(.clientLeft)
            return .abort
        }
        wait(for: .responseBody)
        return .taken
    }
}
