// SPDX-License-Identifier: Apache-2.0

internal import CRuntime

/// Bodies that libcurl counts and never sees.
extension Transfer {
    /// The bytes on its connections are those of the bodies, which with TLS and HTTP/2 they are not.
    package var canSplice: Bool { multi.isPlain }

    /// From now on the bytes of the response body go into a pipe, as far as it has room, whose `writeEnd` does not block. They
    /// are told of by ``TransferDelegate/transfer(_:splicedBody:)``; those that have come already, and those for which the
    /// pipe has no room, are handed over as ever, in their order among the others. It ends with the transfer.
    ///
    /// To be called from inside ``TransferDelegate/transfer(_:receivedLine:)`` with the last line of the head, for a body that
    /// has a length and passes as it is.
    ///
    /// - Returns: Whether it is so. It is not without ``canSplice``, nor where a sanitizer answers libcurl's calls.
    package func spliceBody(into writeEnd: Int32) -> Bool {
        guard curlew_splice(socket, writeEnd) != 0 else { return false }
        spliceEnd = writeEnd
        untold = 0
        return true
    }

    /// libcurl hands on `count` bytes. Those in the pipe are told of all at once, with the last of the pieces into which libcurl
    /// cuts what it thinks it has received.
    ///
    /// - Returns: What becomes of them; `nil` if they are not in the pipe.
    func receivedSpliced(_ count: Int) -> ReceiveDecision? {
        let unseen = curlew_unseen(socket)
        guard unseen > 0 else { return nil }
        // Nothing is received between the pieces. Were it not so, nobody could tell which bytes these are.
        guard count <= unseen else { return .abort }
        var decision = ReceiveDecision.taken
        if count == unseen { decision = delegate?.transfer(self, splicedBody: untold + count) ?? .abort }
        // They are handed on again then.
        if case .pause = decision { return decision }
        untold = count == unseen ? 0 : untold + count
        curlew_seen(socket, count)
        return decision
    }

    /// libcurl keeps what it was not relieved of, or has handed it on at last.
    func holdSplice(_ isHeld: Bool) {
        if spliceEnd >= 0 { curlew_hold_splice(socket, isHeld ? 1 : 0) }
    }

    func endSplice() {
        if spliceEnd >= 0 { curlew_end_splice(socket, spliceEnd) }
        if sourceEnd >= 0 { curlew_end_sending(socket, sourceEnd) }
        spliceEnd = -1
        sourceEnd = -1
    }

    /// A backend that answers and breaks the connection while the request is still being sent is seen to have answered.
    package var readsAnswerBeforeItFails: Bool { curlew_reads_before_it_fails(socket) != 0 }

    /// The head of the answer has come. From now on a broken connection fails at once, since what is behind the head may have to
    /// wait for the client. To be called for requests with a body.
    package func answerBegins() { curlew_answer_begins(socket) }

    /// What comes next of the request body may come from a pipe: ``canSplice``, and libcurl has sent what it was given of it so.
    /// To be asked from inside ``TransferDelegate/transfer(_:fill:)``.
    package var canSendFromPipe: Bool { canSplice && curlew_may_send_from_pipe(socket) != 0 }

    /// libcurl sends what is in the pipe when it thinks that it sends what is in `buffer`.
    func send(_ count: Int, from readEnd: Int32, as buffer: UnsafeMutableRawBufferPointer) -> SendDecision {
        guard unsafe count <= buffer.count && curlew_send_from_pipe(socket, readEnd, buffer.baseAddress, count) != 0
        else {
            return .abort
        }
        sourceEnd = readEnd
        return .spliced(count, from: readEnd)
    }
}
