// SPDX-License-Identifier: Apache-2.0

/// How connections are made, where a URL alone does not say it. Everything off is the default.
package struct ConnectionSettings: Sendable {
    /// What connections leave from.
    package enum Source: Sendable, Equatable {
        /// A network interface, by its name.
        case interface(String)
        /// An address of this machine.
        case address(String)
    }

    /// `host:port` to connect to in place of the URL's, an IPv6 address in brackets. The URL's host stays the name in TLS
    /// and in the Host field that libcurl adds.
    package var connectTo: String?
    /// The URL of a proxy. Whatever it speaks, the request goes through it in a tunnel, and stays what it is.
    package var proxy: String?
    package var source: Source?
    /// A PEM file of the authorities to be believed, in place of the system's. Like the two that follow it is read for new
    /// connections, by whatever thread makes them: reading must never wait, and what is in it must not change.
    package var authorityFile: String?
    /// A PEM file with the certificate to show, and those that it was signed by.
    package var certificateFile: String?
    /// A PEM file with the key of that certificate; `nil` where it is in the same file.
    package var keyFile: String?
    /// What CURLOPT_PINNEDPUBLICKEY(3) takes.
    package var pinnedKey: String?
    /// Check the certificate and its name.
    package var verifies = true
    /// What the files are there by: transfers hold it.
    package var owner: (any Sendable)?

    package init() {}
}
