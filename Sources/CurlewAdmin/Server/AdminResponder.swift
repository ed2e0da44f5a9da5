// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Answers what is asked of the admin listener.
final class AdminResponder: LocalResponder {
    private let monitor: GatewayMonitor
    private let guardian: AdminGuard
    private let version: String
    private var metrics: MetricsPage

    init(_ monitor: GatewayMonitor, _ guardian: AdminGuard, version: String) {
        self.monitor = monitor
        self.guardian = guardian
        self.version = version
        metrics = MetricsPage(version: version)
    }

    func answer(_ request: LocalRequest) -> LocalAnswer {
        do throws(Problem) {
            return LocalAnswer(try action(for: request))
        } catch {
            return LocalAnswer(.respond(error.response))
        }
    }

    private func action(for request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        let method = request.method
        let route = AdminRoute(path: request.path)
        let facts = AdminGuard.Request(
            isWriting: method != "GET" && method != "HEAD",
            host: request.value(of: "host"),
            authorization: request.value(of: "authorization"),
            contentType: request.value(of: "content-type"),
            origin: request.value(of: "origin"),
            fetchSite: request.value(of: "sec-fetch-site")
        )
        // Who may not ask does not learn what there is either, and what does not take a method is not asked for its reasons.
        let takesMethod = route?.methods.contains(method) == true
        var asked = facts
        if !takesMethod { asked.isWriting = false }
        if let problem = guardian.objection(to: asked, isOpen: route?.isOpen == true) { throw problem }
        guard let route else {
            throw Problem(status: 404, detail: "there is nothing here; see /v1/openapi.json")
        }
        guard takesMethod else {
            let allowed = route.methods.joined(separator: ", ")
            throw Problem(status: 405, detail: "this takes \(allowed) only", fields: [.init("Allow", allowed)])
        }
        return try respond(to: route, request)
    }

    private func respond(to route: AdminRoute, _ request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        let describer = StateDescriber(monitor)
        switch route {
        case .dashboard:
            let response = DashboardPage.shared.response(encoding: request.value(of: "accept-encoding"))
            guard let response else {
                throw Problem(status: 500, detail: "OpenSSL has no SHA-256, without which the page's scripts may not run")
            }
            return .respond(response)
        case .metrics:
            let (accept, encoding) = (request.value(of: "accept"), request.value(of: "accept-encoding"))
            return .respond(metrics.response(monitor, accept: accept, encoding: encoding))
        case .live: return .respond(.json(.object([("status", .string("live"))])))
        case .ready: return .respond(ready)
        case .status: return .respond(.json(describer.status(version: version)))
        case .pools: return .respond(.json(describer.pools))
        case .pool(let name): return .respond(.json(try describer.pool(named: name)))
        case .backend(let pool, let id): return .respond(.json(try describer.backend(id, ofPool: pool)))
        case .errors: return .respond(.json(describer.errors))
        case .changes: return .respond(.json(describer.changes))
        case .history:
            return .respond(.packed(describer.history.bytes, encoding: request.value(of: "accept-encoding")))
        case .limits: return .respond(.json(describer.limits))
        case .openAPI:
            let bytes = PackageResources.openapi_json
            return .respond(.admin(bytes, contentType: "application/json"))
        case .events:
            let head = LocalResponse.admin([], contentType: "text/event-stream")
            return .stream(head, EventStream(monitor, version: version))
        }
    }

    private var ready: LocalResponse {
        if monitor.isReady { return .json(.object([("status", .string("ready"))])) }
        let detail =
            switch monitor.stage {
            case .starting: "the gateway is starting"
            case .leaving, .draining: "the gateway is stopping"
            case .serving: "no pool has a healthy backend"
            }
        return Problem(status: 503, detail: detail).response
    }
}
