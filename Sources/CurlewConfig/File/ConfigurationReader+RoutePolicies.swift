// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

/// What is different for the requests of a route.
extension ConfigurationReader {
    mutating func rewriting(_ fields: Fields, _ overrides: inout RouteOverrides) {
        if let field = fields["strip_prefix"], let prefix = read(field, .pathPrefix) {
            checkPrefix(prefix, field)
            overrides.pathRewrite = PathRewrite(from: prefix, to: "")
        }
        if let field = fields["replace_prefix"],
            let parts = self.fields(of: field.value, path: field.path, section: .replacePrefix),
            let from = read(parts["from"], .pathPrefix), let to = read(parts["to"], .pathPrefix)
        {
            // `/` in place of `/v1` is the same as to strip it: the path's own next slash follows.
            overrides.pathRewrite = PathRewrite(from: from, to: to == "/" ? "" : to)
            if to == "/" { parts["from"].map { checkPrefix(from, $0) } }
        }
        edits(fields["request_headers"], .requestHeaders, of: .request, &overrides.requestHeaders)
        edits(fields["response_headers"], .responseHeaders, of: .response, &overrides.responseHeaders)
    }

    private mutating func checkPrefix(_ prefix: String, _ field: Field) {
        guard prefix == "/" else { return }
        report(
            field.value.mark,
            field.path,
            "there is nothing to strip from \"/\"",
            hint: "for example strip_prefix: /v1"
        )
    }

    private mutating func edits(
        _ field: Field?,
        _ section: Section,
        of message: EditedMessage,
        _ edits: inout HeaderEdits
    ) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: section) else { return }
        if let list = fields["remove"], let items = items(of: list, example: "remove: [X-Debug]") {
            for item in items {
                guard let name = scalar(item, path: list.path, .headerName, example: "remove: [X-Debug]") else {
                    continue
                }
                if let reason = message.refusal(of: name) { report(item.mark, list.path, reason) }
                edits.remove.append(name)
            }
        }
        edits.set = headerFields(fields["set"], of: message)
        edits.add = headerFields(fields["add"], of: message)
    }

    /// Header fields by name, none of which the gateway itself writes.
    mutating func headerFields(_ field: Field?, of message: EditedMessage) -> [HeaderEdits.Field] {
        named(field, name: .headerName, value: .headerValue, refusal: message.refusal).map { entry in
            var field = HeaderEdits.Field(name: entry.name, value: entry.value)
            field.isSecret = entry.isFromEnvironment
            return field
        }
    }

    /// An entry of a mapping whose keys the file chooses.
    struct NamedValue {
        let name: String
        let value: String
        /// The file names a variable that holds it, or a part of it.
        let isFromEnvironment: Bool
    }

    /// The entries of a mapping whose keys the file chooses, in its order.
    mutating func named(
        _ field: Field?,
        name: ValueParser<String>,
        value: ValueParser<String>,
        refusal: (String) -> ValueError? = { _ in nil }
    ) -> [NamedValue] {
        let example = "\(field?.key ?? ""): \(field?.declared?.example ?? "")"
        guard let field, let entries = entries(of: field.value, path: field.path, example: example) else { return [] }
        if entries.isEmpty {
            report(field.value.mark, field.path, "there is nothing in it", hint: "for example \(example)")
        }
        var named = [NamedValue]()
        for entry in entries {
            do throws(ValueError) {
                _ = try name.parse(entry.key)
                if let refusal = refusal(entry.key) { throw refusal }
            } catch {
                report(entry.keyMark, field.path, error)
                continue
            }
            guard let text = scalar(entry.value, path: entry.path, value, example: example) else { continue }
            let isFromEnvironment = entry.value.scalar.map(hasVariables) ?? false
            named.append(NamedValue(name: entry.key, value: text, isFromEnvironment: isFromEnvironment))
        }
        return named
    }

    /// Timeouts, retries and limits, over those of the pool that the route goes to.
    mutating func policies(_ fields: Fields, target: PoolConfiguration?, _ overrides: inout RouteOverrides) {
        if let field = fields["timeouts"],
            let parts = self.fields(of: field.value, path: field.path, section: .routeTimeouts)
        {
            var timeouts = target?.timeouts ?? TimeoutsConfiguration()
            exchangeTimeouts(parts, &timeouts)
            overrides.timeouts = timeouts
        }
        if let field = fields["retry"] {
            var rules = target?.retry ?? RetryConfiguration()
            retry(field, .routeRetry, &rules)
            overrides.retry = rules
        }
        if overrides.timeouts != nil || overrides.retry != nil {
            checkTimes(
                fields["retry"] ?? fields["timeouts"],
                overrides.retry ?? target?.retry ?? RetryConfiguration(),
                overrides.timeouts ?? target?.timeouts ?? TimeoutsConfiguration()
            )
        }
        if let field = fields["limits"],
            let parts = self.fields(of: field.value, path: field.path, section: .routeLimits)
        {
            if let bytes = parts["body_bytes"] {
                var limit: Int?
                assign(&limit, bytes)
                overrides.bodyBytes = .some(limit)
            }
            assign(&overrides.bodyTimeout, parts["body_timeout"])
        }
    }

    mutating func mirror(_ field: Field?, _ pools: [PoolConfiguration], _ placed: inout PlacedRoute) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .mirror) else { return }
        guard let pool = poolName(fields["pool"], pools) else { return }
        var mirror = MirrorConfiguration(pool: pool)
        assign(&mirror.percent, fields["percent"], .percentage)
        assign(&mirror.concurrency, fields["concurrency"])
        placed.route.overrides.mirror = mirror
        if placed.pools.contains(pool) {
            note(
                field.value.mark,
                field.path,
                "the copies go to the route's own pool \(pool), so its backends serve each of these requests twice",
                hint: "name another pool, or remove mirror"
            )
        }
        placed.pools.append(pool)
    }
}

/// A message whose header fields a configuration may change, and those that it may not.
enum EditedMessage {
    case request, response, answer

    /// Why a field is not the configuration's to change, and what to use instead.
    func refusal(of name: String) -> ValueError? {
        let field = name.lowercased()
        switch field {
        case "content-length", "transfer-encoding", "trailer":
            return ValueError(
                "\(name) says where the message ends, and a wrong one lets two messages be taken for one",
                hint: "remove it; the gateway writes it by the body"
            )
        case "connection", "keep-alive", "proxy-connection", "te", "upgrade":
            return ValueError(
                "\(name) is about one connection, and the gateway has its own with client and backend",
                hint: "remove it; timeouts.keep_alive and limits.idle_timeout say how long connections are kept"
            )
        case "host" where self == .request:
            return ValueError(
                "Host says whom a request is for, and the backend decides by it",
                hint: "give the backend one: backends: [{ url: \"http://10.0.0.5\", host: api.internal }]"
            )
        case "content-type" where self == .answer:
            return ValueError("Content-Type has a key of its own", hint: "write content_type: application/json")
        default:
            return RouteRules.problem(withField: name).map {
                ValueError("\(name) cannot be changed: \($0)", hint: "remove it")
            }
        }
    }
}
