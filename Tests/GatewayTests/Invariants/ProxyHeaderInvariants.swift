// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold for the parser of PROXY protocol headers, whatever bytes come.
enum ProxyHeaderInvariants {
    static func check(_ bytes: [UInt8]) throws {
        let whole = ProxyHeader.parse(bytes.span)
        try checkCuts(of: bytes, whole)
        let read = StrictProxyHeader(bytes)
        switch whole {
        case .needMore:
            try require(read == nil, "missed the end", bytes)
            try require(bytes.count < ProxyHeader.maximumLength, "waits for ever", bytes)
        case .invalid(let error): try require(read == nil, "rejected a header that is in order, as \(error)", bytes)
        case .complete(let length, let source):
            guard let read else { throw Violation("accepted what is no header", bytes) }
            try require(read.length == length, "the header ends elsewhere", bytes)
            switch source {
            case .proxy: try require(read.client == nil, "missed the client", bytes)
            case .client(let address):
                let groups = (0..<8).flatMap { [UInt8(address.group($0) >> 8), UInt8(address.group($0) & 255)] }
                try require(read.client == groups, "the client is another", bytes)
                // Whatever is shown of it is an address again.
                try require(IPAddress(AddressText(address).string) == address, "the address changes", bytes)
            }
        }
    }

    /// Before its last byte a header is incomplete, or rejected as it will be in the end. Bytes that were a header do not
    /// become another when more come.
    private static func checkCuts(of bytes: [UInt8], _ whole: ProxyHeader.Outcome) throws {
        var isDecided = false
        for count in 0..<bytes.count {
            let part = ProxyHeader.parse(bytes.span.extracting(first: count))
            try require(part == whole || (part == .needMore && !isDecided), "the outcome depends on the cuts", bytes)
            isDecided = part != .needMore
            // A header of extensions to the brim would be summed up again for each byte behind it.
            if isDecided && count > 600 { return }
        }
    }
}
