// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// `timeout` may be longer than `interval`, as in Envoy and Kubernetes: a backend that has not answered yet is left out
    /// of the next round, so pings never pile up, and a short interval alone is a sensible thing to write.
    mutating func healthCheck(_ field: Field?, _ check: inout HealthCheckConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .healthCheck) else { return }
        assign(&check.path, fields["path"], .requestPath)
        assign(&check.interval, fields["interval"], .duration)
        assign(&check.timeout, fields["timeout"], .duration)
        assign(&check.expectStatus, fields["expect_status"], .statusCodes)
        assign(&check.rise, fields["rise"], .count(1...1000, example: 1))
        assign(&check.fall, fields["fall"], .count(1...1000, example: 1))
    }

    mutating func timeouts(_ field: Field?, _ timeouts: inout TimeoutsConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .timeouts) else { return }
        assign(&timeouts.connect, fields["connect"], .duration)
        assign(&timeouts.firstByte, fields["first_byte"], .duration)
        assign(&timeouts.idle, fields["idle"], .duration)
        assign(&timeouts.total, fields["total"], ValueParser<Duration>.duration.orUnlimited())
        assign(&timeouts.tunnel, fields["tunnel"], .duration)
        assign(&timeouts.keepAlive, fields["keep_alive"], .duration)
    }

    mutating func retry(_ field: Field?, _ retry: inout RetryConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .retry) else { return }
        assign(&retry.attempts, fields["attempts"], .count(1...100, example: 3))
        // None is a sensible size for a buffer: then no request with a body is sent again.
        assign(&retry.bodyBuffer, fields["body_buffer"], .size(0...(64 << 20), example: "64KiB"))
        guard let on = fields["on"] else { return }
        let example = "on: [connect, reset, timeout]"
        guard let items = items(of: on, example: example) else { return }
        var conditions = Set<RetryConfiguration.Condition>()
        for item in items {
            if let status = item.scalar?.string, status.utf8.count == 3, Int(status) != nil {
                report(
                    item.mark,
                    on.path,
                    "retrying on a status code, \(status), is not built yet",
                    hint: "use connect, reset or timeout"
                )
            } else if let condition = scalar(
                item,
                path: on.path,
                ValueParser<Condition>.choice(example: .reset),
                example: example
            ) {
                conditions.insert(condition)
            }
        }
        retry.on = conditions
    }

    private typealias Condition = RetryConfiguration.Condition

    /// Reads the routes, which for now is at most one, that takes everything.
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
        var catchAll: Int?
        for item in items {
            guard let fields = fields(of: item, path: field.path, section: .route) else { continue }
            if let route = route(item, fields, path: field.path, pools: names) { configuration.routes.append(route) }
            if let line = catchAll {
                report(
                    item.mark,
                    field.path,
                    "no request can reach this route, since the one on line \(line) takes them all",
                    hint: "keep one route; conditions such as host and path are not built yet"
                )
            }
            catchAll = catchAll ?? item.mark?.line ?? 1
        }
    }

    private mutating func route(
        _ node: Node,
        _ fields: Fields,
        path: String,
        pools: [String]
    ) -> RouteConfiguration? {
        guard let field = fields["pool"] else {
            report(node.mark, path, "the route names no pool", hint: "for example \(Section.route.example)")
            return nil
        }
        let parser = ValueParser<String>("the name of a pool", example: pools.first ?? "web") { name in name }
        guard let name = scalar(field.value, path: field.path, parser, example: Section.route.example) else {
            return nil
        }
        // With no pools at all, that has been reported.
        if !pools.contains(name), !pools.isEmpty {
            report(field.value.mark, field.path, unknownName(name, kind: "the name of a pool", known: pools))
        }
        return RouteConfiguration(pool: name)
    }
}
