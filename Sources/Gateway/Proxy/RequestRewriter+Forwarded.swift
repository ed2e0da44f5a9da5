// SPDX-License-Identifier: Apache-2.0

/// What a request says of the way it came, where a trusted proxy has said some of it.
extension RequestRewriter {
    /// The client behind a trusted proxy, or `nil` where the proxy does not say. X-Forwarded-For counts where it is there:
    /// it is what proxies set, while many hand Forwarded on as their own client wrote it.
    static func client(of head: RequestHead, in input: ByteBuffer, trusted: TrustedProxies) -> IPAddress? {
        var client = ForwardedClient(trusted)
        if head.contains(.xForwardedFor) {
            for field in head.fields where field.known == .xForwardedFor {
                input.withBytes(field.value) { client.readForwardedFor($0) }
            }
        } else if head.contains(.forwarded) {
            for field in head.fields where field.known == .forwarded {
                guard input.withBytes(field.value, { ForwardedField.read($0, into: &client) }) else { return nil }
            }
        }
        return client.address
    }

    /// Hands on what a trusted proxy says: lists get the proxy's own address at their end, the rest stays as it is. What it
    /// does not say is said by the gateway, as for any client.
    func forwardedByProxy(_ proxy: AddressText) {
        line("X-Forwarded-For: ") { text in
            if appendAll(.xForwardedFor, to: text) { text.append(", ") }
            proxy.withBytes { text.append($0) }
        }
        if !keep(.xForwardedProto, "X-Forwarded-Proto: ") { line("X-Forwarded-Proto: http") }
        if !keep(.xForwardedHost, "X-Forwarded-Host: ") { forwardedHost() }
        _ = keep(.xForwardedPort, "X-Forwarded-Port: ")
        _ = keep(.xRealIP, "X-Real-IP: ")
        guard head.contains(.forwarded), isForwardedWellFormed else { return }
        line("Forwarded: ") { text in
            if appendAll(.forwarded, to: text) { text.append(", ") }
            proxy.withBytes { address in
                let isIPv6 = address.indices.contains { address[$0] == ASCII.colon }
                // RFC 7239 §6: an IPv6 address stands in brackets, which must be quoted.
                text.append(isIPv6 ? "for=\"[" : "for=")
                text.append(address)
                text.append(isIPv6 ? "]\";proto=http" : ";proto=http")
            }
        }
    }

    /// Whether something may be written behind it.
    private var isForwardedWellFormed: Bool {
        var client = ForwardedClient(TrustedProxies())
        for field in head.fields where field.known == .forwarded {
            guard input.withBytes(field.value, { ForwardedField.read($0, into: &client) }) else { return false }
        }
        return true
    }

    /// Hands on a field that has one value. Of several lines the last is the proxy's own, if any is.
    private func keep(_ header: KnownHeader, _ name: StaticString) -> Bool {
        guard let field = head.fields.last(where: { $0.known == header && $0.valueLength > 0 }) else { return false }
        line(name) { text in input.withBytes(field.value) { text.append($0) } }
        return true
    }

    /// Writes the values of all fields of a name as one list (RFC 9110 §5.3), and says whether there was any.
    private func appendAll(_ header: KnownHeader, to text: ByteBuffer) -> Bool {
        var hasAny = false
        for field in head.fields where field.known == header && field.valueLength > 0 {
            if hasAny { text.append(", ") }
            input.withBytes(field.value) { text.append($0) }
            hasAny = true
        }
        return hasAny
    }
}
