// SPDX-License-Identifier: Apache-2.0

/// Takes of a request what the pool's strategy goes by; see ``RequestKey/hash``.
package struct RequestKeySource: Sendable {
    private enum Part: Sendable {
        case client, path
        /// The first field with this name; which one it is, if it is one of the known, and the name in small letters.
        case field(KnownHeader, [UInt8])
        case cookie([UInt8])
    }

    private let part: Part

    /// `nil` where the strategy goes by nothing.
    package init?(_ source: HashConfiguration.Source?) {
        switch source {
        case .none: return nil
        case .clientAddress: part = .client
        case .path: part = .path
        case .header(let name):
            let name = name.utf8.map(ASCII.lowercased)
            let known = KnownHeader.allCases.first { !$0.name.isEmpty && $0.name.utf8.map(ASCII.lowercased) == name }
            part = .field(known ?? .other, name)
        case .cookie(let name): part = .cookie(Array(name.utf8))
        }
    }

    /// The hash of what `head` has of it. The client's address stands in for a field or cookie that is missing or empty, so
    /// that not all of those requests meet in one place.
    ///
    /// - Parameters:
    ///   - head: The request's.
    ///   - bytes: Those that `head` was parsed from.
    ///   - client: The client's address, or that which a trusted proxy gives.
    /// - Returns: The same for like requests, on every machine.
    package func hash(of head: RequestHead, in bytes: Span<UInt8>, client: AddressText) -> UInt64 {
        if let range = key(of: head, in: bytes) { return StableHash.hash(bytes.extracting(range)) }
        // An absolute target may leave its path out, which means `/` (RFC 9112 §3.2.1).
        if case .path = part { return Self.hashOfSlash }
        return Self.hash(of: client)
    }

    /// Where the key stands in `bytes`; `nil` where something else stands in for it.
    @inline(__always)
    func key(of head: RequestHead, in bytes: Span<UInt8>) -> Range<Int>? {
        let range: Range<Int>? =
            switch part {
            case .client: nil
            case .path: Self.path(of: head, in: bytes)
            case .field(let known, let name):
                head.fields.first { field in
                    field.known == known && head.counts(field) && ASCII.equals(bytes, field.name, ignoringCase: name)
                }?.value
            case .cookie(let name): head.cookie(name, in: bytes)
            }
        return range?.isEmpty == false ? range : nil
    }

    private static let hashOfSlash = StableHash.hash("/")

    /// The path without its query.
    private static func path(of head: RequestHead, in bytes: Span<UInt8>) -> Range<Int> {
        let end = head.pathStart + head.pathLength
        var index = head.pathStart
        while index < end, bytes[index] != UInt8(ascii: "?") { index += 1 }
        return head.pathStart..<index
    }

    /// The hash of a client by its address; see ``IPAddress/client``. A proxy may name its client by something else than an
    /// address; then of that.
    private static func hash(of client: AddressText) -> UInt64 {
        client.withBytes { text in
            guard let address = IPAddress(text)?.client else { return StableHash.hash(text) }
            var bytes = InlineArray<16, UInt8>(repeating: 0)
            for index in 0..<8 {
                bytes[index] = UInt8(truncatingIfNeeded: address.high >> UInt64(56 - 8 * index))
                bytes[index + 8] = UInt8(truncatingIfNeeded: address.low >> UInt64(56 - 8 * index))
            }
            return StableHash.hash(bytes.span)
        }
    }
}
