// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// What libcurl tells a copy. The answer must be as good as any other, for the sake of the connection, which others may use
/// next; but nothing of it is kept.
extension MirrorCopy: TransferDelegate {
    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool {
        facts.sends = attempt
        // libcurl would send it again where its connection turns out dead.
        guard attempt == 1 else {
            facts.ownReason = .deadConnection
            return false
        }
        wait(for: .firstByte)
        return true
    }

    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision {
        if firstByte == 0 { firstByte = age }
        switch parser.append(line: line, to: response) {
        case .more: return .taken
        case .informationalComplete:
            if response.isOdd { transfer.forbidReuse() }
            return .taken
        case .complete: return headComplete(transfer)
        case .trailer: return .taken
        case .invalid(let error):
            facts.ownReason = ProxyError(.invalidResponse, reason: "the response is not valid HTTP: \(error.reason)")
            return .abort
        }
    }

    private func headComplete(_ transfer: Transfer) -> ReceiveDecision {
        noteAnswer()
        if response.status == 101 {
            facts.ownReason = ProxyError(.invalidResponse, reason: "the backend switched protocols unasked (101)")
            return .abort
        }
        // Nobody listens to the events, and there may be no end of them.
        if response.isEventStream {
            isCutShort = true
            return .abort
        }
        if response.isOdd || response.isHTTP10 { transfer.forbidReuse() }
        if response.framing == .chunked { chunks.reset() }
        wait(for: .responseBody)
        return .taken
    }

    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision {
        wait(for: .responseBody)
        guard response.framing == .chunked else {
            summary.bytesOut += UInt64(bytes.count)
            return .taken
        }
        var done = 0
        while true {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            switch chunks.next(unsafe Span(_unsafeBytes: rest)) {
            case .data(let skip, let length):
                done += skip + length
                summary.bytesOut += UInt64(length)
            case .needMore: return .taken
            case .end(let consumed):
                if done + consumed < bytes.count { transfer.forbidReuse() }
                return .taken
            case .invalid(let error):
                facts.ownReason = ProxyError(
                    .responseTruncated,
                    reason: "the response's chunks are broken: \(error.reason)"
                )
                return .abort
            }
        }
    }

    /// Asked for a chunked body alone: one with a length goes out in one piece.
    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision {
        let count = min(buffer.count, body.count)
        guard count > 0 else { return .end }
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: body.pending[..<count]))
        body.consume(count)
        if body.isEmpty { transfer.bodyEnds() }
        return .bytes(count)
    }

    /// Comes only where the request body is waited for, which it never is.
    func transferPeerClosed(_ transfer: Transfer) {}

    func transferFinished(_ transfer: Transfer, _ code: CurlCode) {
        facts.note(code, of: transfer)
        facts.lacksLastChunk = facts.hasHead && response.framing == .chunked && !chunks.isComplete
        end(isCutShort ? nil : ProxyError(code, facts))
    }
}
