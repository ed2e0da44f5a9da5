// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// Why a gateway is not healthy: one line.
package struct ProbeFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

/// Asks a running gateway whether it serves.
///
/// The question is `OPTIONS * HTTP/1.1` with `Max-Forwards: 0`. RFC 9110 §7.6.2: "If the received value is zero (0), the
/// intermediary MUST NOT forward the request; instead, the intermediary MUST respond as the final recipient." So the
/// answer is the gateway's own, no path is reserved for it, and the health of the backends does not come into it.
package struct GatewayProbe: Sendable {
    /// Where the gateway is asked; `nil` when that cannot be known.
    let address: ListenAddress?
    private let timeout: Duration

    /// - Parameters:
    ///   - listen: The addresses that the gateway listens on. The first that has a port is asked, or rather the first that
    ///     wants no PROXY protocol header.
    ///   - timeout: For the whole conversation. Default 3 s.
    package init(listen: [ListenAddress], timeout: Duration = .seconds(3)) {
        let known = listen.filter { $0.port != 0 }
        address = (known.first { !$0.proxyProtocol } ?? known.first).map(Self.reachable)
        self.timeout = timeout
    }

    /// Asks, and blocks until there is an answer or the time is up.
    ///
    /// - Throws: `ProbeFailure` when the answer is neither a 2xx nor one that shows a gateway at work, or there is none.
    package func ask() throws(ProbeFailure) -> GatewayHealth {
        guard let address else {
            throw ProbeFailure(
                description: "the gateway listens on port 0, so its port is not known; give it with --listen"
            )
        }
        // "UNKNOWN" names nobody, so that it is taken from this machine whoever is trusted.
        let header = address.proxyProtocol ? "PROXY UNKNOWN\r\n" : ""
        let request = "OPTIONS * HTTP/1.1\r\nHost: curlew\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n"
        let answer = try BlockingConnection.exchange(
            header + request,
            with: address,
            timeout: timeout,
            until: Self.isEnough
        )
        return try Self.judge(answer, from: address)
    }

    /// An address that can be connected to: a gateway that listens everywhere listens on the loopback too.
    private static func reachable(_ address: ListenAddress) -> ListenAddress {
        // Any spelling of the unspecified IPv6 address, such as 0:0:0:0:0:0:0:0, is made of zeros and colons.
        let everywhere = address.host.allSatisfy { "0.:".contains($0) }
        guard everywhere else { return address }
        var loopback = address
        loopback.host = address.host.contains(":") ? "::1" : "127.0.0.1"
        return loopback
    }

    /// A refusal is read to the end of its head, whose fields say why it is one; of all else the status line will do.
    private static func isEnough(_ answer: [UInt8]) -> Bool {
        let lines = lines(of: answer)
        guard lines.count > 1 else { return false }
        let mayBeRefusal = GatewayHealth.refusals.contains { $0.status == status(in: lines[0]) }
        return !mayBeRefusal || lines.dropLast().contains("")
    }

    /// What the answer says of the gateway's health.
    ///
    /// Throws unless it begins with a status line that says 2xx, or the gateway says in it that it has no place for another
    /// client: one that can say so works, and would not have more places if it were restarted.
    static func judge(_ answer: [UInt8], from address: ListenAddress) throws(ProbeFailure) -> GatewayHealth {
        guard !answer.isEmpty else {
            throw ProbeFailure(description: "\(address) closed the connection without an answer")
        }
        let lines = lines(of: answer)
        guard let status = status(in: lines[0]) else {
            throw ProbeFailure(description: "\(address) does not speak HTTP: it answered \(lines[0].quoted)")
        }
        if (200...299).contains(status) { return .serves }
        for refusal in GatewayHealth.refusals where refusal.status == status {
            let reason = "Proxy-Status: curlew; error=\(refusal.error)"
            if lines.prefix(while: { !$0.isEmpty }).contains(reason) { return refusal.health }
        }
        throw ProbeFailure(description: "\(address) answered \(status)")
    }

    private static func lines(of answer: [UInt8]) -> [String] {
        answer.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
    }

    private static func status(in line: String) -> Int? {
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].utf8.count == 3 else { return nil }
        return Int(parts[1])
    }
}
