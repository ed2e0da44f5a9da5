// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// Reads a list of backends, in which none may stand twice and not all may be backups.
    mutating func backends(_ field: Field) -> [BackendConfiguration] {
        let example = "backends: [\"http://localhost:3001\", \"http://localhost:3002\"]"
        guard let items = items(of: field, example: example) else { return [] }
        var backends = [BackendConfiguration]()
        var lines = [String: Int]()
        for item in items {
            guard let (backend, mark) = backend(item, path: field.path) else { continue }
            let url = backend.url
            // Two on one address are two all the same when they are reached in different ways.
            let identity = "\(url.identity) \(backend.options.connectTo ?? "")"
            if let line = lines[identity] {
                report(
                    mark,
                    field.path,
                    "the backend \(url) is already in the pool, on line \(line)",
                    hint: "keep one of them"
                )
                continue
            }
            lines[identity] = mark?.line ?? 1
            backends.append(backend)
        }
        if !backends.isEmpty, backends.allSatisfy(\.isBackup) {
            report(
                field.keyMark,
                field.path,
                "every backend of the pool is a backup, and none is left that they stand in for",
                hint: "remove backup: true from one of them at least"
            )
        }
        return backends
    }

    /// A backend is a URL, or a mapping with one.
    private mutating func backend(_ node: Node, path: String) -> (BackendConfiguration, mark: Mark?)? {
        let example = "http://localhost:3001"
        guard node.mapping != nil else {
            return scalar(node, path: path, .backendURL, example: example)
                .map { (BackendConfiguration(url: $0), node.mark) }
        }
        guard let fields = fields(of: node, path: path, section: .backend) else { return nil }
        return backend(fields).map { ($0, fields["url"]?.value.mark) }
    }

    /// Reads a backend that is a mapping; `nil` without a URL.
    mutating func backend(_ fields: Fields) -> BackendConfiguration? {
        let url = read(fields["url"], .backendURL)
        // The other fields are read without a URL too, for the problems inside them.
        var backend = BackendConfiguration(
            url: url ?? BackendURL(scheme: .https, endpoint: .tcp(host: "", port: 443), description: "")
        )
        assign(&backend.weight, fields["weight"])
        assign(&backend.maxConnections, fields["max_connections"])
        assign(&backend.isBackup, fields["backup"])
        assign(&backend.isEnabled, fields["enabled"])
        connection(fields, of: backend.url, &backend.options)
        return url.map { _ in backend }
    }

    private mutating func connection(_ fields: Fields, of url: BackendURL, _ options: inout BackendOptions) {
        assign(&options.host, fields["host"], ValueParser<String>.authority.optional)
        assign(&options.serverName, fields["sni"], ValueParser<String>.serverName.optional)
        assign(&options.connectTo, fields["connect_to"], ValueParser<String>.hostAndPort.optional)
        assign(&options.proxy, fields["proxy"], ValueParser<String>.proxyURL.optional)
        assign(&options.interface, fields["interface"], ValueParser<String>.interface.optional)
        tls(fields["tls"], &options.tls)
        assign(&options.http2, fields["http2"])
        options.awsSigV4 = aws(fields["aws_sigv4"])
        if url.scheme == .http {
            for field in fields.those(of: ["sni", "tls"]) {
                report(
                    field.keyMark,
                    field.path,
                    "\(field.key.quoted) has no effect, since \(url) is not spoken to over TLS",
                    hint: "write the backend's URL with https://, or remove \(field.key.quoted)"
                )
            }
        }
        if case .unix = url.endpoint {
            for field in fields.those(of: ["connect_to", "proxy", "interface"]) {
                report(
                    field.keyMark,
                    field.path,
                    "\(field.key.quoted) has no effect, since \(url) is a socket of this machine",
                    hint: "remove it, or write the backend's URL with http:// or https://"
                )
            }
        }
    }

    private mutating func tls(_ field: Field?, _ tls: inout BackendTLSConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .tls) else { return }
        tls.authorityFile = readablePath(fields["ca_file"])
        tls.certificateFile = readablePath(fields["cert_file"])
        tls.keyFile = readablePath(fields["key_file"], isSecret: true)
        assign(&tls.pinnedKey, fields["pinned_key"], ValueParser<String>.pinnedKey.optional)
        assign(&tls.verifies, fields["verify"])
        if let key = fields["key_file"], fields["cert_file"] == nil {
            report(key.keyMark, key.path, "there is a key but no certificate", hint: "add cert_file: /path/to/cert.pem")
        }
        if !tls.verifies, let verify = fields["verify"] {
            note(
                verify.keyMark,
                verify.path,
                "whoever answers at this address is believed to be the backend",
                hint: "for a certificate of your own authority write ca_file: /path/to/ca.pem"
            )
        }
    }

    private mutating func aws(_ field: Field?) -> AWSSigningConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .aws) else { return nil }
        let accessKey = read(fields["access_key"], .filled("an access key", example: "AKIAIOSFODNN7EXAMPLE"))
        let literal = read(fields["secret_key"], .filled("a secret key", example: "secret_key_file: /run/secrets/aws"))
        let secretKey = literal ?? secret(fromFile: fields["secret_key_file"])
        let region = read(fields["region"], .word("a region", example: "eu-central-1"))
        let service = read(fields["service"], .word("a service", example: "s3"))
        guard let accessKey, let secretKey, let region, let service else { return nil }
        return AWSSigningConfiguration(accessKey: accessKey, secretKey: secretKey, region: region, service: service)
    }
}
