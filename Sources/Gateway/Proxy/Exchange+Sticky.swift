// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Clients that stay with the backend that served them first; see ``StickyCookie``. Nothing here is called where the pool is
/// not sticky.
extension Exchange {
    /// How many cookies of the name are looked at. A client has several when they were set for different paths or domains,
    /// and each costs a signature.
    private static let maximumSeats = 8

    /// The backend that the client's cookie names, by its index; `nil` where there is no valid cookie, or the backend is no
    /// longer of the pool. Of several cookies the first counts that is valid: in which order a client sends those that are for
    /// the same path nobody knows (RFC 6265 §5.4).
    func findSeat(_ sticky: StickyCookie, in pool: BackendPool) -> Int? {
        guard request.contains(.cookie), let downstream else { return nil }
        return downstream.input.withBytes(0..<request.length) { bytes in
            var left = Exchange.maximumSeats
            let now = Exchange.secondsNow
            return request.cookie(sticky.name, in: bytes) { value -> Int? in
                left -= 1
                guard left >= 0 else { return nil }
                return sticky.backend(in: bytes.extracting(value), at: now).flatMap(pool.index(of:))
            }
        }
    }

    /// Has the client come back to the backend that serves it, if its cookie does not say so already.
    func writeSeat(to output: ByteBuffer) {
        guard let shared = pool?.shared, let sticky = shared.sticky, let backend = upstream?.backend,
            mayMove(in: shared.pool, to: backend),
            let cookie = sticky.setCookie(for: backend.identity, at: Exchange.secondsNow, isSecure: hasComeSecurely)
        else { return }
        output.append("Set-Cookie: ")
        output.append(cookie)
        output.append("\r\n")
    }

    /// The client has no seat yet, or has left it. A hedge that was faster once is no reason to leave a backend that is well, and
    /// with it the session there.
    private func mayMove(in pool: BackendPool, to backend: Backend) -> Bool {
        guard let seat else { return true }
        if seat == pool.place(of: backend) { return false }
        return summary.hedges == 0 || !pool.isAvailable(seat)
    }

    /// The name of the gateway's cookie, if the backend sets one of that name too. Its own never comes back to it, since requests
    /// are handed on without, and the client would forget its backend by it. So it is left out, and the log says so.
    var foreignSeat: [UInt8]? {
        guard response.contains(.setCookie), let name = pool?.shared.sticky?.name, response.sets(name) else {
            return nil
        }
        if let count = context.foreignSeats.report(at: context.loop.now.nanoseconds) {
            let cookie = String(decoding: name, as: UTF8.self)
            let backend = String(decoding: summary.backend ?? [], as: UTF8.self)
            let times = count > 1 ? " (\(count) since the last such message)" : ""
            context.log.diagnostic(
                level: .warning,
                message:
                    "\(backend) sets a cookie \(cookie), which is the name of its pool's sticky cookie: it is left out; "
                    + "give sticky.cookie another name" + times
            )
        }
        return name
    }

    /// The client's own connection is over TLS: a trusted proxy says so. Of several lines the last is the proxy's own, and of
    /// several schemes in it the first is the client's.
    private var hasComeSecurely: Bool {
        guard let downstream, downstream.isTrustedProxy,
            let field = request.fields.last(where: { $0.known == .xForwardedProto && $0.valueLength > 0 })
        else { return false }
        return downstream.input.withBytes(field.value) { value in
            var end = 0
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            return ASCII.equals(value, ASCII.trimmed(value, 0..<end), ignoringCase: Array("https".utf8))
        }
    }

    /// Of the wall clock, since a cookie outlives the process.
    private static var secondsNow: UInt64 { UInt64(max(0, WallTime.now().seconds)) }
}
