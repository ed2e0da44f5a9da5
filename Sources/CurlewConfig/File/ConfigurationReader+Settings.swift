// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    mutating func listen(_ field: Field?, _ listen: inout [ListenAddress]) {
        guard let field else { return }
        let example = "listen: 0.0.0.0:3000"
        var nodes = [field.value]
        if field.value.sequence != nil {
            guard let items = items(of: field, example: example) else { return }
            nodes = items
        }
        var addresses = [ListenAddress]()
        for node in nodes {
            guard let address = scalar(node, path: field.path, .listenAddress, example: example) else { continue }
            // Port 0 is another port each time.
            if addresses.contains(address), address.port != 0 {
                report(node.mark, field.path, "\(address) is in the list twice", hint: "keep one of them")
            } else {
                addresses.append(address)
            }
        }
        listen = addresses
    }

    mutating func log(_ field: Field?, _ log: inout LogConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .log) else { return }
        assign(&log.format, fields["format"], .choice(example: .text))
        assign(&log.level, fields["level"], .choice(example: .info))
        assign(&log.access, fields["access"], .choice(example: .all))
        assign(&log.output, fields["output"], .logOutput)
    }

    mutating func limits(_ field: Field?, _ limits: inout LimitsConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .limits) else { return }
        assign(&limits.connections, fields["connections"], .count(1...10_000_000, example: 10_000))
        // The shortest useful head is some thirty bytes, and one of many megabytes is held in memory.
        assign(&limits.headerBytes, fields["header_bytes"], .size(64...(16 << 20), example: "64KiB"))
        assign(&limits.headerCount, fields["header_count"], .count(1...100_000, example: 100))
        // Zero would mean "no bodies" to some and, as in nginx, "no limit" to others.
        assign(
            &limits.bodyBytes,
            fields["body_bytes"],
            ValueParser<Int>.size(1...Int.max, example: "10MB").orUnlimited()
        )
        assign(&limits.headerTimeout, fields["header_timeout"], .duration)
        assign(&limits.bodyTimeout, fields["body_timeout"], .duration)
        assign(&limits.idleTimeout, fields["idle_timeout"], .duration)
        assign(
            &limits.requestsPerConnection,
            fields["requests_per_connection"],
            ValueParser<Int>.count(1...Int.max, example: 1000).orUnlimited()
        )
    }
}
