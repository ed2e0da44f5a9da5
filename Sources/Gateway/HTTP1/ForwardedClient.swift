// SPDX-License-Identifier: Apache-2.0

/// Finds the client behind trusted proxies in what they say of it: the right-most address that is not a trusted proxy's.
/// Anything left of that may be made up.
///
/// It reads from left to right and keeps no list, however long one is. Where an element is no address ("unknown", a name
/// that hides one, garbage), nothing left of it counts: then the client is the last that is known, which is a proxy.
struct ForwardedClient {
    private let trusted: TrustedProxies
    private var found: IPAddress?

    init(_ trusted: TrustedProxies) {
        self.trusted = trusted
    }

    /// The client; `nil` when nobody has said anything of use.
    var address: IPAddress? { found }

    /// Takes in the value of an X-Forwarded-For field, those of a message in their order.
    mutating func readForwardedFor(_ bytes: Span<UInt8>) {
        var list = ListCursor(0..<bytes.count)
        while let element = list.next(in: bytes) {
            if !element.isEmpty { add(ForwardedNode.address(bytes, element)) }
        }
    }

    /// The next element to the right; `nil` when it is no address.
    mutating func add(_ address: IPAddress?) {
        guard let address else {
            found = nil
            return
        }
        // Should all be trusted, the first of them is as near as one gets to the client.
        if found == nil || !trusted.contains(address) { found = address }
    }
}

/// How proxies write an address: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
enum ForwardedNode {
    /// The address that `range` of `bytes` is, or `nil`.
    static func address(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        guard let first = range.first else { return nil }
        var end = range.upperBound
        if bytes[first] == UInt8(ascii: "[") {
            guard let close = range.first(where: { bytes[$0] == UInt8(ascii: "]") }),
                close + 1 == end || isPort(bytes, close + 1..<end)
            else { return nil }
            let address = IPAddress(bytes.extracting(first + 1..<close))
            // Brackets stand around IPv6 alone.
            return range.first { $0 < close && bytes[$0] == ASCII.colon } == nil ? nil : address
        }
        let colons = range.reduce(0) { $0 + (bytes[$1] == ASCII.colon ? 1 : 0) }
        if colons == 1, let colon = range.first(where: { bytes[$0] == ASCII.colon }) {
            guard isPort(bytes, colon..<end) else { return nil }
            end = colon
        }
        return IPAddress(bytes.extracting(first..<end))
    }

    /// A colon and one to five digits.
    private static func isPort(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard (2...6).contains(range.count), bytes[range.lowerBound] == ASCII.colon else { return false }
        for index in range.dropFirst() where !ASCII.isDigit(bytes[index]) { return false }
        return true
    }
}
