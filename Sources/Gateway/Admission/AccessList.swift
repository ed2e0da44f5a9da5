// SPDX-License-Identifier: Apache-2.0

/// Who may come, by address: an ``AccessConfiguration`` made ready for thousands of networks.
///
/// Networks nest or lie apart, so each kind of address is cut into stretches within which one answer holds, and the answer for
/// an address is found by halving: twelve comparisons for four thousand networks.
struct AccessList: Sendable {
    /// From this address to the next stretch.
    private struct Stretch {
        var first: IPAddress
        var isAllowed: Bool
    }

    /// Of IPv4 and of IPv6 addresses. The first stretch begins with the first address there is.
    private let ipv4: [Stretch]
    private let ipv6: [Stretch]

    init(_ configuration: AccessConfiguration) {
        let isAllowed = configuration.allow.isEmpty
        let rules =
            configuration.allow.map { (network: $0, isAllowed: true) }
            + configuration.deny.map { (network: $0, isAllowed: false) }
        ipv4 = AccessList.stretches(rules.filter(\.network.isIPv4), otherwise: isAllowed)
        ipv6 = AccessList.stretches(rules.filter { !$0.network.isIPv4 }, otherwise: isAllowed)
    }

    /// Whether `client` may come.
    func allows(_ client: IPAddress) -> Bool {
        let stretches = client.isIPv4 ? ipv4 : ipv6
        var (low, high) = (0, stretches.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if client < stretches[middle].first { high = middle } else { low = middle }
        }
        return stretches[low].isAllowed
    }

    private static func stretches(
        _ rules: [(network: IPNetwork, isAllowed: Bool)],
        otherwise: Bool
    ) -> [Stretch] {
        // The larger ones first, and denial behind allowance: what comes later lies within what came before and decides.
        let sorted = rules.sorted { one, other in
            if one.network.first != other.network.first { return one.network.first < other.network.first }
            if one.network.bits != other.network.bits { return one.network.bits < other.network.bits }
            return one.isAllowed && !other.isAllowed
        }
        var stretches = [Stretch(first: IPAddress(high: 0, low: 0), isAllowed: otherwise)]
        func begin(_ first: IPAddress, _ isAllowed: Bool) {
            if stretches[stretches.count - 1].first == first { stretches.removeLast() }
            if stretches.last?.isAllowed != isAllowed { stretches.append(Stretch(first: first, isAllowed: isAllowed)) }
        }
        /// Networks that the present address is in, the smallest last.
        var open: [(last: IPAddress, isAllowed: Bool)] = []
        func close(before next: IPAddress?) {
            while let inner = open.last, next.map({ inner.last < $0 }) ?? true {
                open.removeLast()
                if let behind = inner.last.successor { begin(behind, open.last?.isAllowed ?? otherwise) }
            }
        }
        for rule in sorted {
            close(before: rule.network.first)
            begin(rule.network.first, rule.isAllowed)
            open.append((rule.network.last, rule.isAllowed))
        }
        close(before: nil)
        return stretches
    }
}
