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
        guard let field = fields["address"] else {
            report(node.mark, path, "the listener has no address", hint: "for example \(Section.listen.example)")
            return nil
        }
        var address = scalar(field.value, path: field.path, .listenAddress, example: "address: 0.0.0.0:3000")
        var proxyProtocol = false
        assign(&proxyProtocol, fields["proxy_protocol"], .boolean)
        address?.proxyProtocol = proxyProtocol
        return address
    }

    /// Reads `trusted_proxies`: networks and addresses, perhaps none.
    mutating func trustedProxies(_ field: Field?, _ trusted: inout TrustedProxies) {
        guard let field else { return }
        var nodes = [field.value]
        if let sequence = field.value.sequence, !isForeign(field.value) { nodes = Array(sequence) }
        for node in nodes {
            let example = "trusted_proxies: [10.0.0.0/8]"
            guard let network = scalar(node, path: field.path, .network, example: example) else { continue }
            trusted.networks.append(network)
        }
    }
}
