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
            if leadsBack(backend) {
                note(
                    mark,
                    field.path,
                    "\(url) is where the gateway itself listens, so its requests come back to it, again and again",
                    hint: "write the address of a server behind the gateway"
                )
            }
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
        if !backends.isEmpty, !backends.contains(where: \.isEnabled) {
            note(
                field.keyMark,
                field.path,
                "no backend of the pool is enabled, so every request to it is answered 503",
                hint: "remove enabled: false from one of them, or enable one while it runs (PATCH of the admin API)"
            )
        }
        return backends
    }

    /// Whether the backend is the gateway, as far as addresses of this machine tell.
    private func leadsBack(_ backend: BackendConfiguration) -> Bool {
        guard case .tcp(let host, let port) = backend.url.endpoint, backend.options.connectTo == nil,
            backend.options.proxy == nil
        else { return false }
        let address = ListenAddress(host: host.lowercased() == "localhost" ? "127.0.0.1" : host, port: port)
        return listen.contains { ($0.host == address.host || address.isLoopback) && $0.collides(with: address) }
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
        if let name = options.interface, !Host.isIPv4(name), !Host.isIPv6(name), !surroundings.hasInterface(name) {
            note(
                fields["interface"]?.value.mark,
                fields["interface"]?.path ?? "",
                "this machine has no network interface \(name), and without it no connection is made",
                hint: "write a name as `ip link` shows it where the gateway runs"
            )
        }
        tls(fields["tls"], &options.tls)
        assign(&options.http2, fields["http2"])
        if options.http2, url.scheme == .http, let field = fields["http2"], let problem = surroundings.cleartextHTTP2()
        {
            report(
                field.value.mark,
                field.path,
                problem,
                hint: "use a newer one, or remove http2 if the backend speaks HTTP/1.1 too"
            )
        }
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
        tls.authorityFile = copy(of: fields["ca_file"], .certificate)
        tls.certificateFile = copy(of: fields["cert_file"], .certificate)
        tls.keyFile = copy(of: fields["key_file"], .key)
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
        let accessKey = read(fields["access_key"], .visible("an access key", example: "AKIAIOSFODNN7EXAMPLE"))
        let literal = read(fields["secret_key"], .filled("a secret key", example: "secret_key_file: /run/secrets/aws"))
        let secretKey = literal ?? secret(fromFile: fields["secret_key_file"])
        let region = read(fields["region"], .word("a region", example: "eu-central-1"))
        let service = read(fields["service"], .word("a service", example: "s3"))
        let token = sessionToken(fields)
        guard let accessKey, let secretKey, let region, let service else { return nil }
        var aws = AWSSigningConfiguration(accessKey: accessKey, secretKey: secretKey, region: region, service: service)
        aws.sessionToken = token
        return aws
    }

    private mutating func sessionToken(_ fields: Fields) -> String? {
        let literal = read(
            fields["session_token"],
            .visible("a session token", example: "session_token_file: /run/secrets/aws-token")
        )
        if let literal { return literal }
        guard let file = fields["session_token_file"], let token = secret(fromFile: file) else { return nil }
        guard ValueParser<String>.isVisible(token) else {
            report(
                file.value.mark,
                file.path,
                "the first line of the file is no session token: it has a space, or a character that is not ASCII",
                hint: "write the token alone into the first line"
            )
            return nil
        }
        return token
    }
}
