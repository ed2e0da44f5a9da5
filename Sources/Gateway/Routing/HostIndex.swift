// SPDX-License-Identifier: Apache-2.0

/// Finds the group of routes for a host. Case, port and one dot at the end make no difference.
///
/// Names are hashed from their end, so that one pass over a host meets every wildcard that holds it.
struct HostIndex: Sendable {
    /// What was found: the group of the host itself, and that of the wildcard with most labels; -1 for none.
    struct Found {
        var exact = -1
        var wildcard = -1
    }

    private static let exactSpace = 0
    private static let wildcardSpace = 1

    private var index = ByteIndex()
    private var hasExact = false
    /// A bit for each number of labels that wildcards have; the last one also stands for all above.
    private var wildcardLabels: UInt64 = 0

    /// No route names a host.
    var isEmpty: Bool { !hasExact && wildcardLabels == 0 }

    /// Adds a host in small letters, perhaps with `*.` in front, that is not there yet.
    mutating func insert(_ host: String, group: Int) {
        let name = Array(host.utf8)
        if HostIndex.isWildcard(name) {
            let domain = Array(name.dropFirst(2))
            let labels = domain.count { $0 == HostIndex.dot } + 1
            wildcardLabels |= HostIndex.bit(labels)
            index.insert(
                domain,
                hash: HostIndex.hash(domain, Self.wildcardSpace),
                space: Self.wildcardSpace,
                value: group
            )
        } else {
            hasExact = true
            index.insert(name, hash: HostIndex.hash(name, Self.exactSpace), space: Self.exactSpace, value: group)
        }
    }

    /// The groups for the host in `range` of `bytes`, which has no port; the wildcard is the longest.
    func find(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Found {
        var found = Found()
        var end = range.upperBound
        if end > range.lowerBound, bytes[end - 1] == Self.dot { end -= 1 }
        var hash = ByteHash()
        var labels = 0
        var position = end
        while position > range.lowerBound {
            let byte = bytes[position - 1]
            // There must be something before the dot.
            if byte == Self.dot, position - 1 > range.lowerBound {
                labels += 1
                if wildcardLabels & HostIndex.bit(labels) != 0,
                    let group = find(hash, Self.wildcardSpace, bytes, position..<end)
                {
                    found.wildcard = group
                }
            }
            hash.add(ASCII.lowercased(byte))
            position -= 1
        }
        if hasExact, let group = find(hash, Self.exactSpace, bytes, range.lowerBound..<end) { found.exact = group }
        return found
    }

    @inline(__always)
    private func find(_ hash: ByteHash, _ space: Int, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        index.find(hash.value(in: space), space: space) { ASCII.equals($0, bytes.extracting(range)) }
    }

    private static let dot = UInt8(ascii: ".")

    private static func isWildcard(_ name: [UInt8]) -> Bool { name.starts(with: "*.".utf8) }

    private static func bit(_ labels: Int) -> UInt64 { 1 &<< UInt64(min(labels, 63)) }

    private static func hash(_ name: [UInt8], _ space: Int) -> UInt64 {
        var hash = ByteHash()
        for byte in name.reversed() { hash.add(ASCII.lowercased(byte)) }
        return hash.value(in: space)
    }
}
