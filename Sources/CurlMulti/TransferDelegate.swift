// SPDX-License-Identifier: Apache-2.0

/// What a callback makes of the bytes that it was handed.
package enum ReceiveDecision {
    /// They are taken.
    case taken
    /// None of them is taken: hand them over again after ``Transfer/resumeReceiving()``.
    case pause
    /// End the transfer.
    case abort
}

/// What a callback has for libcurl to send.
package enum SendDecision {
    /// So many bytes were put into the buffer; at least one.
    case bytes(Int)
    /// So many bytes, at least one and no more than there is room for, are in a pipe, whose reading end does not block, and the
    /// buffer is as it was. Only where ``Transfer/canSendFromPipe`` says so. The pipe must stay until the transfer is over.
    case spliced(Int, from: Int32)
    /// Nothing now: ask again after ``Transfer/resumeSending()``.
    case pause
    /// The body is complete.
    case end
    /// End the transfer.
    case abort
}

/// Is told how a transfer goes.
///
/// All but ``transferFinished(_:_:)`` are called from inside libcurl, where nothing of libcurl may be called: they
/// record, and the work is done when libcurl has returned.
package protocol TransferDelegate: AnyObject {
    /// The request is about to be sent over an open connection: for the first time, or again by libcurl's own decision
    /// because a reused connection turned out dead. `attempt` counts from 1. `false` ends the transfer before a byte of
    /// this attempt is sent.
    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool
    /// One line of a response head, with its line ending. Heads of 1xx responses come this way too.
    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision
    /// Some of the response body, with its chunks if it has any, trailers included; at most 16 KiB. What a backend sends
    /// behind the last chunk may come too.
    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision
    /// So many bytes of the response body, at least one, are in the pipe; see ``Transfer/spliceBody(into:)``.
    func transfer(_ transfer: Transfer, splicedBody count: Int) -> ReceiveDecision
    /// Room for some of the request body.
    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision
    /// The backend has closed its side, or broken the connection, and libcurl still waits, because it was told that there
    /// is no more to send for now. Before 8.8 it then waits for ever. Called from outside libcurl.
    func transferPeerClosed(_ transfer: Transfer)
    /// The response is complete, but libcurl waits for the rest of the request body, of which it was told that there is no
    /// more for now. Called from outside libcurl.
    func transferAnsweredEarly(_ transfer: Transfer)
    /// The transfer is over and the handle may be used again. Called from outside libcurl.
    func transferFinished(_ transfer: Transfer, _ code: CurlCode)
}

extension TransferDelegate {
    package func transfer(_ transfer: Transfer, splicedBody count: Int) -> ReceiveDecision { .abort }
    package func transferAnsweredEarly(_ transfer: Transfer) {}
}
