// SPDX-License-Identifier: Apache-2.0

/// How a backend is connected to, apart from its URL. Everything off is the default.
package struct BackendOptions: Sendable, Equatable {
    /// The Host field that the backend is sent, in place of the client's.
    package var host: String?
    /// The server name in TLS's handshake and in the check of the certificate, in place of the URL's host.
    package var serverName: String?
    /// `host:port` to connect to in place of the URL's; Host and server name stay as they are.
    package var connectTo: String?
    /// The proxy on the way to the backend: `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`.
    package var proxy: String?
    /// The name of the network interface, or the local address, that connections to the backend leave from.
    package var interface: String?
    package var tls = BackendTLSConfiguration()
    /// Speak HTTP/2 to the backend: negotiated over TLS, at once without. Default false.
    package var http2 = false
    /// Signs each request for AWS.
    package var awsSigV4: AWSSigningConfiguration?

    package init() {}

    /// The same but for what is renewed from time to time and changes nothing of who the backend is: what is in the files of
    /// ``tls``, and the keys that requests are signed with.
    var withoutCredentials: BackendOptions {
        var options = self
        options.tls.forgetContents()
        options.awsSigV4 = nil
        return options
    }
}

/// How a backend's certificate is judged, and which one it is shown.
package struct BackendTLSConfiguration: Sendable, Hashable {
    /// A file of certificates in PEM that the backend's must be signed by, in place of the system's.
    package var authorityFile: FileCopy?
    /// The certificate shown to the backend, PEM, with those that it was signed by.
    package var certificateFile: FileCopy?
    /// The key of that certificate, PEM.
    package var keyFile: FileCopy?
    /// The backend's public key must be this one: `sha256//` and a hash in Base64, or several with `;` between them.
    package var pinnedKey: String?
    /// Check the certificate and its name. Default true.
    package var verifies = true

    package init() {}

    var files: [FileCopy] { [authorityFile, certificateFile, keyFile].compactMap(\.self) }

    mutating func forgetContents() {
        authorityFile?.forgetContents()
        certificateFile?.forgetContents()
        keyFile?.forgetContents()
    }
}

/// The credentials and names that requests to AWS are signed with (Signature Version 4).
package struct AWSSigningConfiguration: Sendable, Equatable {
    package var accessKey: String
    package var secretKey: String
    /// Of temporary credentials. Visible ASCII characters alone.
    package var sessionToken: String?
    /// For example `eu-central-1`.
    package var region: String
    /// For example `s3`, `execute-api` or `lambda`.
    package var service: String

    package init(accessKey: String, secretKey: String, region: String, service: String) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.region = region
        self.service = service
    }
}
