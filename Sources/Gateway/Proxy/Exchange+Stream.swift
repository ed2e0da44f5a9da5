// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Responses of a ``LocalResponder`` that have no known end; see ``LocalStream``.
extension Exchange {
    /// Sends the head, and begins with the body.
    func beginStream(_ head: LocalResponse, _ stream: any LocalStream) {
        guard let downstream else { return }
        machine.responseBegan()
        keepAlive = keepAlive && downstream.mayKeepAlive && !request.isHTTP10
        summary.status = head.status
        head.write(
            to: downstream.output,
            keepAlive: keepAlive,
            isHTTP10: request.isHTTP10,
            date: context.wallClock.httpDate(.now()),
            isStream: true
        )
        framing = request.isHTTP10 ? .untilClose : .chunked
        if request.isHead {
            local.phase = .none
            machine.answered()
            return end()
        }
        downstream.flushSoon()
        local.phase = .streaming(stream)
        streamLocally()
    }

    /// Sends what the stream has next, when its time has come and the client has taken what it was sent.
    func streamLocally() {
        guard case .streaming(var stream) = local.phase, let downstream else { return }
        if downstream.isCongested { return waitLocally(for: .clientReads) }
        guard let (bytes, pause) = stream.next() else { return endStream(downstream) }
        local.phase = .streaming(stream)
        if !bytes.isEmpty {
            let stands = unsafe bytes.withUnsafeBytes {
                unsafe downstream.send($0, asChunk: framing == .chunked, moreFollows: false)
            }
            guard stands else { return failLocally(ProxyError(.clientLeft)) }
            summary.bytesOut += UInt64(bytes.count)
            downstream.flushSoon()
        }
        if downstream.isCongested { return waitLocally(for: .clientReads) }
        setLocalDeadline(MonotonicTime.now().advanced(byNanoseconds: max(1_000_000, pause.wholeNanoseconds)))
        local.isYielding = true
    }

    private func endStream(_ downstream: any Downstream) {
        local.phase = .none
        if framing == .chunked { downstream.output.append("0\r\n\r\n") } else { keepAlive = false }
        machine.answered()
        end()
    }
}
