// SPDX-License-Identifier: Apache-2.0

/// The header that a proxy sends before the first byte of a connection, to say whom the connection is from: the PROXY
/// protocol, version 1 (a line of text) and version 2 (binary), after its specification of 2020/03/05.
///
/// Read strictly, and from the start each time, since it is short: what it says of some bytes depends on them alone, and
/// not on how they were cut into reads. One that is rejected stays so whatever follows.
package enum ProxyHeader {
    /// Whom the connection is from.
    package enum Source: Equatable, Sendable {
        /// A client of the proxy.
        case client(IPAddress)
        /// The proxy itself, as when it checks the gateway's health (`LOCAL`); or one that it does not know the address
        /// of (`UNKNOWN`), or that has none (a Unix domain socket).
        case proxy
    }

    /// What the bytes so far amount to.
    package enum Outcome: Equatable, Sendable {
        /// They are the beginning of a header.
        case needMore
        /// The first `length` bytes are the header; what follows is the client's.
        case complete(length: Int, source: Source)
        /// They are no header, and nothing that follows can make one of them.
        case invalid(ProxyHeaderError)
    }

    /// Bytes of a header at most, which leaves some 4,000 to extensions. A line of version 1 has at most 107.
    package static let maximumLength = 4096

    /// Reads the header at the start of `bytes`.
    package static func parse(_ bytes: Span<UInt8>) -> Outcome {
        guard bytes.count > 0 else { return .needMore }
        switch bytes[0] {
        case signature1[0]: return parseVersion1(bytes)
        case signature2[0]: return parseVersion2(bytes)
        default: return .invalid(.noHeader)
        }
    }

    static let signature1 = Array("PROXY ".utf8)
    static let signature2 = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    /// Whether `bytes` agree with `signature` as far as both go.
    static func agrees(_ bytes: Span<UInt8>, with signature: [UInt8]) -> Bool {
        for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] { return false }
        return true
    }
}

/// Why bytes are no PROXY protocol header.
package enum ProxyHeaderError: Error, Equatable, Sendable {
    case noHeader, lineTooLong, badLine, badCommand, badFamily, tooLong, tooShort, badExtension, badChecksum

    /// What is wrong, as the end of a sentence.
    package var reason: String {
        switch self {
        case .noHeader: "it does not begin with a PROXY protocol header; is proxy_protocol on by mistake?"
        case .lineTooLong: "the line of its PROXY protocol header does not end within 107 bytes"
        case .badLine: "the line of its PROXY protocol header is malformed"
        case .badCommand: "its PROXY protocol header has an unknown version or command"
        case .badFamily: "its PROXY protocol header has an unknown address family or protocol"
        case .tooLong: "its PROXY protocol header is longer than \(ProxyHeader.maximumLength) bytes"
        case .tooShort: "its PROXY protocol header is too short for its addresses"
        case .badExtension: "the extensions of its PROXY protocol header are malformed"
        case .badChecksum: "the checksum of its PROXY protocol header is wrong"
        }
    }
}
