// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

/// A route, and where it stands, for what is said about routes together.
struct PlacedRoute {
    var route: RouteConfiguration
    let mark: Mark?
    /// The pools that it names, the first one before others.
    var pools: [String] = []
}

extension ConfigurationReader {
    /// Reads the routes. With one pool and no routes, every request goes to it.
    mutating func routes(_ field: Field?, pools: Field?, _ configuration: inout GatewayConfiguration) {
        let names = configuration.pools.map(\.name)
        guard let field else {
            if names.count == 1 {
                configuration.routes = [RouteConfiguration(pool: names[0])]
            } else if names.count > 1 {
                report(
                    pools?.keyMark,
                    "",
                    "there are several pools but no routes, so no request would reach any of them",
                    hint: "add routes: [{ pool: \(names[0]) }]"
                )
            }
            return
        }
        guard let items = items(of: field, example: "routes: [{ pool: \(names.first ?? "web") }]") else { return }
        var placed = [PlacedRoute]()
        for item in items {
            let before = complaints
            guard let fields = fields(of: item, path: field.path, section: .route) else { continue }
            let route = route(fields, configuration.pools)
            // Of one with a mistake in it nobody knows which requests it would take.
            if let route, complaints == before { placed.append(route) }
        }
        configuration.routes = placed.map(\.route)
        checkTogether(placed, field, items: items.count, pools: pools, names: names)
    }

    private mutating func route(_ fields: Fields, _ pools: [PoolConfiguration]) -> PlacedRoute? {
        var placed = PlacedRoute(route: RouteConfiguration(pool: ""), mark: fields.mark)
        let action = action(fields, pools, &placed)
        conditions(fields, &placed.route)
        rewriting(fields, &placed.route.overrides)
        policies(fields, target: pools.first { $0.name == placed.pools.first }, &placed.route.overrides)
        admission(fields, &placed.route.overrides)
        mirror(fields["mirror"], pools, &placed)
        if fields["log"] != nil {
            var access = LogConfiguration.Access.all
            assign(&access, fields["log"])
            placed.route.overrides.log = access
        }
        guard let action else { return nil }
        placed.route.action = action
        switch action {
        // A redirect may name the rewritten path.
        case .redirect: checkNeedsNoBackend(fields, ["request_headers", "timeouts", "retry", "mirror"])
        case .respond:
            checkNeedsNoBackend(
                fields,
                ["strip_prefix", "replace_prefix", "request_headers", "timeouts", "retry", "mirror"]
            )
        case .pool, .split: break
        }
        checkSense(fields, placed.route, pools)
        return placed
    }

    private mutating func conditions(_ fields: Fields, _ route: inout RouteConfiguration) {
        assign(&route.name, fields["name"], ValueParser<String>.word("the name of a route", example: "api").optional)
        if let field = fields["host"] {
            route.hosts = distinct(oneOrMore(field), field, .routeHost, example: "host: api.example.com")
        }
        // What means the same is written the same, so that it compares as equal and is sorted by its real length. Every path
        // begins with a slash.
        if let path = read(fields["path"], .pathPrefix), path != "/" {
            route.path = .prefix(RouteRules.normalized(path))
        }
        if let path = read(fields["exact_path"], .routePath) { route.path = .exact(RouteRules.normalized(path)) }
        if let field = fields["methods"], let items = items(of: field, example: "methods: [GET, POST]") {
            route.methods = distinct(items, field, .method, example: "methods: [GET, POST]")
        }
        route.headers = matches(fields["headers"], name: .headerName, value: .headerValue)
        route.query = matches(fields["query"], name: .parameterName, value: .parameterValue)
    }

    /// The values of a list in which none may stand twice.
    private mutating func distinct(
        _ nodes: [Node],
        _ field: Field,
        _ parser: ValueParser<String>,
        example: String
    ) -> [String] {
        var values = [String]()
        for node in nodes {
            guard let value = scalar(node, path: field.path, parser, example: example) else { continue }
            if values.contains(value) {
                report(node.mark, field.path, "\(value) is in the list twice", hint: "keep one of them")
            } else {
                values.append(value)
            }
        }
        return values
    }

    /// Conditions by name; `*` is any value.
    private mutating func matches(
        _ field: Field?,
        name: ValueParser<String>,
        value: ValueParser<String>
    ) -> [RouteConfiguration.Match] {
        named(field, name: name, value: value).map { entry in
            var match = RouteConfiguration.Match(name: entry.name, value: entry.value == "*" ? nil : entry.value)
            match.isSecret = entry.isFromEnvironment
            return match
        }
    }

    private mutating func action(
        _ fields: Fields,
        _ pools: [PoolConfiguration],
        _ placed: inout PlacedRoute
    ) -> RouteConfiguration.Action? {
        var actions = [RouteConfiguration.Action]()
        if let name = poolName(fields["pool"], pools) {
            placed.pools.append(name)
            actions.append(.pool(name))
        }
        if let targets = split(fields["split"], pools) {
            placed.pools += targets.map(\.pool)
            actions.append(.split(targets))
        }
        if let redirect = redirect(fields["redirect"]) { actions.append(.redirect(redirect)) }
        if let respond = respond(fields["respond"]) { actions.append(.respond(respond)) }
        return actions.first
    }

    /// The name of a pool that exists.
    mutating func poolName(_ field: Field?, _ pools: [PoolConfiguration]) -> String? {
        let names = pools.map(\.name)
        let parser = ValueParser<String>("the name of a pool", example: names.first ?? "web") { name in name }
        guard let field, let name = read(field, parser) else { return nil }
        // With no pools at all, that has been reported; and so have those whose name is none, which are not worth offering.
        let offered = names.filter { ValueParser<String>.poolName.accepts($0) }
        if !names.contains(name), !offered.isEmpty {
            report(field.value.mark, field.path, unknownName(name, kind: "the name of a pool", known: offered))
        }
        return name
    }

    private mutating func split(_ field: Field?, _ pools: [PoolConfiguration]) -> [SplitTarget]? {
        let example = "split: [{ pool: web, percent: 90 }, { pool: canary, percent: 10 }]"
        guard let field, let items = items(of: field, example: example) else { return nil }
        var targets = [SplitTarget]()
        for item in items {
            guard let fields = fields(of: item, path: field.path, section: .split) else { continue }
            let percent = read(fields["percent"], .percentage)
            guard let pool = poolName(fields["pool"], pools), let percent else { continue }
            if targets.contains(where: { $0.pool == pool }) {
                report(item.mark, field.path, "the pool \(pool) is in the split twice", hint: "add its shares together")
            }
            targets.append(SplitTarget(pool: pool, percent: percent))
        }
        let sum = targets.reduce(0) { $0 + $1.percent.hundredths }
        if targets.count == items.count, sum != Percentage.whole.hundredths {
            let difference = sum - Percentage.whole.hundredths
            let rest = Percentage(hundredths: abs(difference)).text
            report(
                field.value.mark,
                field.path,
                "the shares make \(Percentage(hundredths: sum).text) % together, and not 100",
                hint: difference < 0 ? "give the other \(rest) % to one of them" : "take \(rest) % from them"
            )
        }
        return targets
    }

    private mutating func redirect(_ field: Field?) -> RedirectConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .redirect) else { return nil }
        let location = read(fields["to"], .redirectLocation)
        var redirect = RedirectConfiguration(location: location ?? "")
        assign(&redirect.status, fields["status"], .redirectStatus)
        return redirect
    }

    private mutating func respond(_ field: Field?) -> FixedResponseConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .respond) else { return nil }
        var answer = FixedResponseConfiguration()
        assign(&answer.status, fields["status"])
        if let body = read(fields["body"], .any("a text")) { answer.body = Array(body.utf8) }
        assign(&answer.contentType, fields["content_type"], .mediaType)
        answer.headers = headerFields(fields["headers"], of: .answer)
        if [204, 205, 304].contains(answer.status), !answer.body.isEmpty, let body = fields["body"] {
            report(
                body.keyMark,
                body.path,
                "an answer with status \(answer.status) has no body",
                hint: "remove the body, or write status: 200"
            )
        }
        return answer
    }

    /// What is about backends has no effect where none is asked.
    private mutating func checkNeedsNoBackend(_ fields: Fields, _ keys: [String]) {
        for field in fields.those(of: keys) {
            report(
                field.keyMark,
                fields.path,
                "\(field.key.quoted) has no effect, since the route sends its requests to no backend",
                hint: "remove it, or give the route a pool"
            )
        }
    }
}
