// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold for the parser of PROXY protocol headers, whatever bytes come.
enum ProxyHeaderInvariants {
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    static func check(_ bytes: [UInt8]) throws {
        let whole = ProxyHeader.parse(bytes.span)
        try checkCuts(of: bytes, whole)
        switch whole {
        case .needMore: try require(bytes.count < ProxyHeader.maximumLength, "waits for ever", bytes)
        case .invalid: break
        case .complete(let length, let source):
            try require((6...ProxyHeader.maximumLength).contains(length) && length <= bytes.count, "bad length", bytes)
            try require(bytes[0] != 0x50 || bytes[length - 1] == 0x0A, "a line does not end in LF", bytes)
            if case .client(let address) = source {
                // Whatever is shown of it is an address again.
                try require(IPAddress(AddressText(address).string) == address, "the address changes", bytes)
            }
        }
    }

    /// Before its last byte a header is incomplete, or rejected as it will be in the end.
    private static func checkCuts(of bytes: [UInt8], _ whole: ProxyHeader.Outcome) throws {
        var isDecided = false
        // The interesting places are all near the beginning.
        for count in 0..<min(bytes.count, 300) {
            let part = ProxyHeader.parse(bytes.span.extracting(first: count))
            try require(part == whole || (part == .needMore && !isDecided), "the outcome depends on the cuts", bytes)
            isDecided = part != .needMore
        }
    }

    private static func require(_ condition: Bool, _ rule: String, _ bytes: [UInt8]) throws {
        if !condition { throw Broken(description: "\(rule): \(bytes)") }
    }
}
