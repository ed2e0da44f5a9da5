// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

/// Every setting that is declared, each in a file of its own.
struct EverySetting: CustomTestStringConvertible, Sendable {
    let section: Section
    let key: Key

    static let all = Section.top.all.flatMap { section in section.keys.map { EverySetting(section: section, key: $0) } }

    var name: String { "\(section.name).\(key.name)" }
    var testDescription: String { name }

    var isRequired: Bool { section.required.contains(key.name) || section.exactlyOne.contains(key.name) }

    /// A file with the setting as it is written here, or without it.
    func file(_ value: String?) -> String {
        var parts = section.required.filter { $0 != key.name }
        if let first = section.exactlyOne.first, !section.exactlyOne.contains(key.name) { parts.append(first) }
        var entries = parts.compactMap { section[$0] }.map { "\($0.name): \($0.example)" }
        if let more = Self.companions[name] { entries.append(more) }
        if let value { entries.append("\(key.name): \(value)") }
        let inner = "{ \(entries.joined(separator: ", ")) }"
        return Self.places[section.name]?.replacing("@", with: inner) ?? ""
    }

    /// What a setting needs beside it to be valid.
    private static let companions = [
        "file.pools": "workers: auto", "file.routes": "pools: { web: { backends: [\"http://h\"] } }",
        "pool.hash": "strategy: consistent_hash",
        "tls.key_file": "cert_file: /etc/ssl/curlew.pem",
        "basic_auth.realm": "users: { ada: \(ShownHash.bcrypt) }",
    ]

    private static let pools = "other: { backends: [\"http://h\"] }"

    private static func pool(_ inner: String) -> String {
        "{ pools: { web: { backends: [\"http://h\"], \(inner) }, \(pools) }, routes: [{ pool: web }] }"
    }

    private static func backend(_ inner: String) -> String {
        "{ pools: { web: { backends: [\"http://spare\", { url: \"https://h\", \(inner) }] }, \(pools) }, "
            + "routes: [{ pool: web }] }"
    }

    private static func route(_ inner: String) -> String {
        "{ pools: { web: { backends: [\"http://h\"] }, \(pools) }, routes: [\(inner), { path: /last, pool: other }] }"
    }

    /// Where the mapping of a section stands in a file.
    static let places = [
        "file": "@", "admin": "{ admin: @ }",
        "listen": "{ listen: @, trusted_proxies: [10.0.0.0/8] }", "log": "{ log: @ }",
        "redact": "{ log: { redact: @ } }", "tracing": "{ tracing: @ }",
        "limits": "{ limits: @ }", "rate_limit": "{ rate_limit: @ }",
        "rate_limit.by": "{ rate_limit: { requests: 1, by: @ } }",
        "pool": "{ pools: { web: @, \(pools) }, routes: [{ pool: web }] }",
        "backend": "{ backends: [\"http://spare\", @] }",
        "tls": backend("tls: @"), "aws_sigv4": backend("aws_sigv4: @"),
        "hash": pool("strategy: consistent_hash, hash: @"), "health_check": pool("health_check: @"),
        "outlier": pool("outlier: @"), "retry": pool("retry: @"), "timeouts": pool("timeouts: @"),
        "queue": pool("queue: @"), "pool limits": pool("limits: @"),
        "adaptive_concurrency": pool("adaptive_concurrency: @"), "sticky": pool("sticky: @"),
        "route": route("@"), "split": route("{ split: [@, { pool: web, percent: 0 }] }"),
        "redirect": route("{ redirect: @ }"), "respond": route("{ respond: @ }"),
        "replace_prefix": route("{ pool: web, replace_prefix: @ }"),
        "request_headers": route("{ pool: web, request_headers: @ }"),
        "response_headers": route("{ pool: web, response_headers: @ }"),
        "route timeouts": route("{ pool: web, timeouts: @ }"), "route retry": route("{ pool: web, retry: @ }"),
        "route limits": route("{ pool: web, limits: @ }"), "access": route("{ pool: web, access: @ }"),
        "basic_auth": route("{ pool: web, basic_auth: @ }"), "mirror": route("{ pool: web, mirror: @ }"),
    ]

    /// Files that the examples name, none of which is on this machine.
    static let files = [
        "/etc/ssl/internal.pem": ShownPEM.certificate, "/etc/ssl/curlew.pem": ShownPEM.certificate,
        "/etc/ssl/curlew.key": ShownPEM.key,
        "/run/secrets/aws": "from-a-file\n", "/run/secrets/aws-token": "token\n",
        "/run/secrets/curlew": "a-secret-of-its-own-file\nmore",
        "/etc/curlew/htpasswd": "# staff\nada:\(ShownHash.bcrypt)\n",
    ]

    static func read(_ text: String) throws(ConfigurationFailure) -> CheckedConfiguration {
        try ConfigurationReader.check(text, file: "test.yaml", surroundings: .with(files: files))
    }
}

extension Surroundings {
    /// Files that are given as text.
    static func with(
        _ environment: [String: String] = [:],
        files: [String: String] = [:],
        openToAll: Bool = false
    ) -> Surroundings {
        // Whichever libcurl there is.
        Surroundings(
            environment: environment,
            cleartextHTTP2: { nil },
            hasInterface: { $0 != "nosuch0" },
            exists: { !$0.hasPrefix("/nowhere") }
        ) { path throws(ConfigurationFailure) in
            guard let text = files[path] else {
                throw ConfigurationFailure([Problem(.file(path), "there is no such file", hint: "check the path")])
            }
            return FileContents.Contents(bytes: Array(text.utf8), isOpenToAll: openToAll)
        }
    }
}
