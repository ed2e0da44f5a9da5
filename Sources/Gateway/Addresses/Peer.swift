// SPDX-License-Identifier: Apache-2.0

/// Whom a connection is from, as far as that is known.
package struct Peer: Sendable {
    package let address: IPAddress
    package let text: AddressText
    /// It is one of the trusted proxies, so that what it says of its own client in header fields counts.
    package let isTrusted: Bool

    package init(_ address: IPAddress, isTrusted: Bool) {
        self.address = address
        text = AddressText(address)
        self.isTrusted = isTrusted
    }
}
