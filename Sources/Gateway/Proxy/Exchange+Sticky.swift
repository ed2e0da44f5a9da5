// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Clients that stay with the backend that served them first; see ``StickyCookie``. Nothing here is called where the pool is
/// not sticky.
extension Exchange {
    /// The backend that the client's cookie names, by its index; `nil` where there is no valid cookie, or the backend is no
    /// longer of the pool.
    func findSeat(_ sticky: StickyCookie, in pool: BackendPool) -> Int? {
        guard request.contains(.cookie), let downstream else { return nil }
        let identity = downstream.input.withBytes(0..<request.length) { bytes -> UInt64? in
            guard let value = request.cookie(sticky.name, in: bytes) else { return nil }
            return sticky.backend(in: bytes.extracting(value), at: Exchange.secondsNow)
        }
        return identity.flatMap(pool.index(of:))
    }

    /// Has the client come back to the backend that serves it, if its cookie does not say so already.
    func writeSeat(to output: ByteBuffer) {
        guard let shared = pool?.shared, let sticky = shared.sticky, let backend = upstream?.backend,
            seat == nil || seat != shared.pool.place(of: backend),
            let cookie = sticky.setCookie(for: backend.identity, at: Exchange.secondsNow, isSecure: hasComeSecurely)
        else { return }
        output.append("Set-Cookie: ")
        output.append(cookie)
        output.append("\r\n")
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
