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
            // Port 0 is another port each time.
            if addresses.contains(where: { $0.description == address.description }), address.port != 0 {
                report(node.mark, field.path, "\(address) is in the list twice", hint: "keep one of them")
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

    /// Reads networks and addresses: one, or a list of them, perhaps empty.
    mutating func networks(_ field: Field?) -> [IPNetwork] {
        guard let field else { return [] }
        let mayBeEmpty = field.key == "trusted_proxies"
        let example = "\(field.key): [10.0.0.0/8]"
        return oneOrMore(field, mayBeEmpty: mayBeEmpty)
            .compactMap { scalar($0, path: field.path, .network, example: example) }
    }
}
