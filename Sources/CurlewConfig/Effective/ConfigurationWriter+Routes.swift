// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ConfigurationWriter {
    func route(_ route: RouteConfiguration) -> Tree {
        var entries = conditions(of: route)
        switch route.action {
        case .pool(let name): entries.add("pool", .text(name))
        case .split(let targets):
            entries.add(
                "split",
                .list(
                    targets.map {
                        .mapping([.init("pool", .text($0.pool)), .init("percent", .number($0.percent.text))])
                    }
                )
            )
        case .redirect(let redirect):
            entries.add(
                "redirect",
                .mapping([
                    .init("to", .text(literal(redirect.location))), .init("status", .number("\(redirect.status)")),
                ])
            )
        case .respond(let answer): entries.add("respond", respond(answer))
        }
        return .mapping(entries + overrides(route.overrides))
    }

    private func conditions(of route: RouteConfiguration) -> [Tree.Entry] {
        var entries = [Tree.Entry]()
        if let name = route.name { entries.add("name", .text(name)) }
        if !route.hosts.isEmpty { entries.add("host", .list(route.hosts.map(Tree.text))) }
        switch route.path {
        case .prefix(let path): entries.add("path", .text(literal(path)))
        case .exact(let path): entries.add("exact_path", .text(literal(path)))
        case nil: break
        }
        if !route.methods.isEmpty { entries.add("methods", .list(route.methods.map(Tree.text))) }
        if !route.headers.isEmpty { entries.add("headers", matches(route.headers)) }
        if !route.query.isEmpty { entries.add("query", matches(route.query)) }
        return entries
    }

    private func matches(_ matches: [RouteConfiguration.Match]) -> Tree {
        .mapping(
            matches.map { match in
                let value = match.value.map { match.isSecret ? secret($0) : shown($0, of: match.name) }
                return .init(match.name, value ?? .text("*"))
            }
        )
    }

    private func respond(_ answer: FixedResponseConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("status", answer.status)
        entries.add("body", .text(literal(String(decoding: answer.body, as: UTF8.self))))
        entries.add("content_type", .text(literal(answer.contentType)))
        if !answer.headers.isEmpty { entries.add("headers", fields(answer.headers)) }
        return .mapping(entries)
    }

    private func fields(_ fields: [HeaderEdits.Field]) -> Tree {
        .mapping(fields.map { .init($0.name, $0.isSecret ? secret($0.value) : shown($0.value, of: $0.name)) })
    }

    /// A value that the file itself holds, which is no secret but in the fields that are there for secrets.
    private func shown(_ value: String, of name: String) -> Tree {
        LogRedaction.isCredential(name) ? secret(value) : .text(literal(value))
    }

    private func overrides(_ overrides: RouteOverrides) -> [Tree.Entry] {
        var entries = [Tree.Entry]()
        if let rewrite = overrides.pathRewrite {
            if rewrite.to.isEmpty {
                entries.add("strip_prefix", .text(literal(rewrite.from)))
            } else {
                let parts = [("from", rewrite.from), ("to", rewrite.to)]
                entries.add("replace_prefix", .mapping(parts.map { .init($0.0, .text(literal($0.1))) }))
            }
        }
        for (key, edits) in [
            ("request_headers", overrides.requestHeaders), ("response_headers", overrides.responseHeaders),
        ]
        where !edits.isEmpty {
            entries.add(key, self.edits(edits))
        }
        if let timeouts = overrides.timeouts { entries.add("timeouts", .mapping(exchangeTimeouts(timeouts))) }
        if let rules = overrides.retry { entries.add("retry", retry(rules)) }
        var limits = [Tree.Entry]()
        if let bytes = overrides.bodyBytes { limits.add("body_bytes", sizeOrUnlimited: bytes) }
        if let timeout = overrides.bodyTimeout { limits.add("body_timeout", timeout) }
        if !limits.isEmpty { entries.add("limits", .mapping(limits)) }
        if let limit = overrides.rateLimit { entries.add("rate_limit", rateLimit(limit)) }
        if let most = overrides.concurrencyPerClient { entries.add("concurrency_per_client", most) }
        if let access = overrides.access { entries.add("access", self.access(access)) }
        if let auth = overrides.basicAuth { entries.add("basic_auth", basicAuth(auth)) }
        if let mirror = overrides.mirror {
            entries.add(
                "mirror",
                .mapping([
                    .init("pool", .text(mirror.pool)), .init("percent", .text("\(mirror.percent.text)%")),
                    .init("concurrency", .number("\(mirror.concurrency)")),
                ])
            )
        }
        if let log = overrides.log { entries.add("log", .text(log.rawValue)) }
        return entries
    }

    private func edits(_ edits: HeaderEdits) -> Tree {
        var entries = [Tree.Entry]()
        if !edits.remove.isEmpty { entries.add("remove", .list(edits.remove.map(Tree.text))) }
        if !edits.set.isEmpty { entries.add("set", fields(edits.set)) }
        if !edits.add.isEmpty { entries.add("add", fields(edits.add)) }
        return .mapping(entries)
    }
}
