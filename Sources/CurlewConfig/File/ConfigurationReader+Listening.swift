// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// Reads `listen`: an address, or a list of addresses and of mappings with one.
    mutating func listen(_ field: Field?, trusted: Field?, _ listen: inout [ListenAddress]) {
        guard let field else { return }
        var nodes = [field.value]
        if field.value.sequence != nil {
            guard let items = items(of: field, example: "listen: 0.0.0.0:3000") else { return }
            nodes = items
        }
        var addresses = [ListenAddress]()
        for node in nodes {
            guard let address = listenAddress(node, path: field.path) else { continue }
            if let other = addresses.first(where: address.collides) {
                if other.description == address.description {
                    report(node.mark, field.path, "\(address) is in the list twice", hint: "keep one of them")
                } else {
                    reportTaken(address, by: other, node.mark, field.path)
                }
            } else {
                addresses.append(address)
            }
            if address.proxyProtocol, trusted == nil {
                report(
                    node.mark,
                    field.path,
                    "\(address) takes connections of trusted proxies alone, and trusted_proxies is not given",
                    hint: "add the addresses of what sends the PROXY protocol: trusted_proxies: [10.0.0.0/8]"
                )
            }
        }
        listen = addresses
    }

    /// Reports that `address` cannot be listened on because of `other`.
    mutating func reportTaken(_ address: ListenAddress, by other: ListenAddress, _ mark: Mark?, _ path: String) {
        report(
            mark,
            path,
            "\(address) cannot be had beside \(other), which clients connect to: they have addresses in common",
            hint: "choose another port for one of them, or keep only the wider one"
        )
    }

    private mutating func listenAddress(_ node: Node, path: String) -> ListenAddress? {
        guard node.mapping != nil else {
            return scalar(node, path: path, .listenAddress, example: "listen: 0.0.0.0:3000")
        }
        guard let fields = fields(of: node, path: path, section: .listen) else { return nil }
        guard let field = fields["address"] else { return nil }
        var address = scalar(field.value, path: field.path, .listenAddress, example: "address: 0.0.0.0:3000")
        var proxyProtocol = false
        assign(&proxyProtocol, fields["proxy_protocol"])
        address?.proxyProtocol = proxyProtocol
        return address
    }

    /// Reads `trusted_proxies`.
    mutating func trustedProxies(_ field: Field?) -> TrustedProxies {
        let networks = networks(field)
        for network in networks where network.bits == (network.isIPv4 ? 96 : 0) {
            note(
                field?.value.mark,
                field?.path ?? "",
                "\(network) is everybody, so every client may say that it is another",
                hint: "name the networks of your proxies alone"
            )
        }
        return TrustedProxies(networks)
    }

    /// Reads networks and addresses: one, or a list of them, perhaps empty.
    mutating func networks(_ field: Field?) -> [IPNetwork] {
        guard let field else { return [] }
        let mayBeEmpty = field.key == "trusted_proxies"
        let example = "\(field.key): [10.0.0.0/8]"
        return oneOrMore(field, mayBeEmpty: mayBeEmpty)
            .compactMap { scalar($0, path: field.path, .network, example: example) }
    }
}
