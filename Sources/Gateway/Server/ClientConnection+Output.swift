// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Bytes to the client: what is small, or more follows of at once, is gathered and goes out together; the rest goes straight
/// from libcurl's buffer to the socket, and only what the socket refuses is copied.
extension ClientConnection {
    /// Pieces up to this size are gathered until the end of the turn.
    private static let smallPiece = 4096
    /// Gathering of small pieces, and of answers to pipelined requests, stops here.
    static let gatheredAtMost = 14 * 1024
    /// What one buffer for output holds. libcurl receives as much at once, and hands it on in four pieces: with a system call
    /// and a segment for each, passing on 100 KB costs a fifth more than with a copy of three of them.
    static let outputSize = 64 * 1024

    func send(_ body: UnsafeRawBufferPointer, asChunk: Bool, moreFollows: Bool) -> Bool {
        let isGathered = moreFollows || body.count <= ClientConnection.smallPiece
        if !isGathered, !asChunk, pendingOutput == nil { return unsafe sendAlone(body) }
        let output = output
        if asChunk {
            output.append(hex: body.count)
            output.append("\r\n")
        }
        let most = moreFollows ? ClientConnection.outputSize - 2 : ClientConnection.gatheredAtMost
        if isGathered && output.count + body.count <= most {
            unsafe output.append(body)
            if asChunk { output.append("\r\n") }
            flushSoon()
            return true
        }
        return unsafe sendNow(output, body, suffix: asChunk ? "\r\n" : "")
    }

    /// Sends `body` while there is nothing before it: what most of a long response is.
    private func sendAlone(_ body: UnsafeRawBufferPointer) -> Bool {
        var sent = 0
        switch unsafe socket.write(body) {
        case .bytes(body.count): return true
        case .bytes(let count): sent = count
        case .wouldBlock, .endOfStream: break
        case .failed: return false
        }
        unsafe output.append(UnsafeRawBufferPointer(rebasing: body[sent...]))
        becomeCongested()
        return true
    }

    private func sendNow(_ output: ByteBuffer, _ body: UnsafeRawBufferPointer, suffix: StaticString) -> Bool {
        let end = unsafe UnsafeRawBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount)
        let result = unsafe withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: 3) { pieces in
            unsafe pieces[0] = output.pending
            unsafe pieces[1] = body
            unsafe pieces[2] = end
            return unsafe socket.write(UnsafeBufferPointer(pieces))
        }
        var sent = 0
        switch result {
        case .bytes(let count): sent = count
        case .wouldBlock, .endOfStream: break
        case .failed: return false
        }
        let whole = output.count + body.count + end.count
        if sent == whole {
            giveOutput()
            return true
        }
        unsafe keep(output, body, end, behind: sent)
        becomeCongested()
        return true
    }

    /// Keeps what the socket has refused.
    private func keep(
        _ output: ByteBuffer,
        _ body: UnsafeRawBufferPointer,
        _ end: UnsafeRawBufferPointer,
        behind sent: Int
    ) {
        let fromOutput = min(sent, output.count)
        let fromBody = min(sent - fromOutput, body.count)
        let fromEnd = sent - fromOutput - fromBody
        output.consume(fromOutput)
        if output.isEmpty { output.removeAll() } else { output.compact() }
        unsafe output.append(UnsafeRawBufferPointer(rebasing: body[fromBody...]))
        unsafe output.append(UnsafeRawBufferPointer(rebasing: end[fromEnd...]))
    }

    func flushSoon() {
        if isFlushListed || isCongested { return }
        isFlushListed = true
        worker.flushSoon(self)
    }

    /// Sends what was gathered, as far as the socket takes it.
    func flush() {
        isFlushListed = false
        guard machine.phase != .closed else { return }
        switch sendWaiting() {
        case .all: drained()
        case .some: tookSome()
        case .none: break
        case .failed: perform(machine.broken())
        }
    }

    /// What the socket has taken of what waits to be sent.
    enum Taken {
        case all, some, none, failed
    }

    /// Sends what waits to be sent, what is in the buffer ahead of what is in the pipe. Is congested if that is not all.
    func sendWaiting() -> Taken {
        var taken = Taken.none
        while true {
            let result: IOResult
            if let output = pendingOutput, !output.isEmpty {
                result = unsafe socket.write(output.pending)
                if case .bytes(let count) = result { output.consume(count) }
            } else if inPipe > 0, let pipe {
                result = pipe.send(inPipe, to: socket)
                if case .bytes(let count) = result { inPipe -= count }
            } else {
                return .all
            }
            switch result {
            case .bytes: taken = .some
            case .wouldBlock:
                becomeCongested()
                return taken
            case .endOfStream, .failed: return .failed
            }
        }
    }
}
