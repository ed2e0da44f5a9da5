// SPDX-License-Identifier: Apache-2.0

/// A row of ports, for what needs several next to each other, which no kernel hands out.
enum PortRow {
    /// The first of ten ports or so, at random. They lie below those that the kernel chooses for connections
    /// (net.ipv4.ip_local_port_range), of which the tests that run beside this one have thousands open.
    static func start() -> UInt16 { UInt16.random(in: 1100..<3200) * 10 }
}
