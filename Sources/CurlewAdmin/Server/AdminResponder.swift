// SPDX-License-Identifier: Apache-2.0

import CurlewConfig
import Gateway

/// Answers what is asked of the admin listener.
final class AdminResponder: LocalResponder {
    /// What it answers from, and changes.
    struct Subject: Sendable {
        let monitor: GatewayMonitor
        let control: GatewayControl
        /// Reads configurations as the gateway does.
        let loader: ConfigurationLoader
        /// Curlew's own.
        let version: String

        var describer: StateDescriber { StateDescriber(monitor, control) }
    }

    let subject: Subject
    private let guardian: AdminGuard
    private var metrics: MetricsPage
    private var guesses = TokenGuesses()
    /// The last one; there is one at a time.
    var validation: Validation?
    /// Of those who ask what would become of a request.
    let explanations = Turns()

    private var describer: StateDescriber { subject.describer }

    init(_ subject: Subject, _ guardian: AdminGuard) {
        self.subject = subject
        self.guardian = guardian
        metrics = MetricsPage(version: subject.version)
    }

    /// As much as the listener takes.
    var keptBodyBytes: Int { AdminServer.longestBody }

    /// Nobody sends a body before it is known that he may.
    func refusal(of request: LocalRequest) -> LocalAnswer? {
        do throws(Problem) {
            _ = try route(of: request)
            return nil
        } catch {
            return LocalAnswer(.respond(error.response))
        }
    }

    func answer(_ request: LocalRequest) -> LocalAnswer {
        do throws(Problem) {
            return LocalAnswer(try action(for: request, try route(of: request)))
        } catch {
            return LocalAnswer(.respond(error.response))
        }
    }

    /// Those that are not served have a problem too, in words of this listener and not of the gateway's limits.
    func response(toUnserved status: Int, reason: String) -> LocalResponse? {
        let detail =
            switch status {
            case 405: "there is no such method here; see /v1/openapi.json"
            case 408: "the request came too slowly: send its head within 5 seconds, its body without such pauses"
            case 413: "a body has 1 MiB at most: send less"
            case 429: "this address has too many connections to the admin listener: close some, or use them again"
            case 503: "the admin listener stops, or answers as many at once as it does; try again soon"
            default: reason
            }
        let fields = status == 405 ? [LocalResponse.Field("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE")] : []
        return Problem(status: status, detail: detail, fields: fields).response
    }

    /// What is asked for, if it may be.
    private func route(of request: LocalRequest) throws(Problem) -> AdminRoute {
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
        if let problem = guardian.objection(to: asked, isOpen: route?.isOpen == true) {
            if problem.status == 401 { noteGuess(by: request.client) }
            throw problem
        }
        guard let route else {
            throw Problem(status: 404, detail: "there is nothing here; see /v1/openapi.json")
        }
        guard takesMethod else {
            let allowed = route.methods.joined(separator: ", ")
            throw Problem(status: 405, detail: "this takes \(allowed) only", fields: [.init("Allow", allowed)])
        }
        return route
    }

    private func noteGuess(by client: String) {
        guard let count = guesses.add(at: .now) else { return }
        let requests = count == 1 ? "a request" : "\(count) requests"
        subject.control.warn("admin API: \(requests) without the right token, the last from \(client)")
    }

    private func action(for request: LocalRequest, _ route: AdminRoute) throws(Problem) -> LocalAnswer.Action {
        switch request.method {
        case "GET", "HEAD": try read(route, request)
        default: try change(route, request)
        }
    }

    private func read(_ route: AdminRoute, _ request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        let monitor = subject.monitor
        switch route {
        case .dashboard:
            let response = (guardian.wantsToken ? DashboardPage.guarded : .open)
                .response(encoding: request.value(of: "accept-encoding"))
            guard let response else {
                throw Problem(status: 500, detail: "OpenSSL has no SHA-256, which the page needs to run its script")
            }
            return .respond(response)
        case .metrics:
            let (accept, encoding) = (request.value(of: "accept"), request.value(of: "accept-encoding"))
            return .respond(metrics.response(monitor, accept: accept, encoding: encoding))
        case .live: return .respond(.json(.object([("status", .string("live"))])))
        case .ready: return .respond(ready)
        case .status: return .respond(.json(describer.status(version: subject.version)))
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
            return .stream(head, EventStream(subject))
        default: return .respond(try describe(route, accept: request.value(of: "accept")))
        }
    }

    /// What can be changed, as it is.
    private func describe(_ route: AdminRoute, accept: String?) throws(Problem) -> LocalResponse {
        guard let state = subject.control.state else {
            throw Problem(status: 503, detail: "the gateway is starting; try again")
        }
        switch route {
        case .overrides: return .json(state.overrides.json(beside: state.file))
        case .logLevel: return .json(.object([("level", .string(state.running.log.level.rawValue))]))
        default:
            // YAML is what the file is written in, so it is what is given unless something else is asked for by name.
            guard Accept(accept).prefers("application/json", to: "application/yaml") else {
                return .admin(
                    Array(ConfigurationText.yaml(state.running).utf8),
                    contentType: "application/yaml",
                    fields: [.init("Vary", "Accept")]
                )
            }
            return .admin(
                Array(ConfigurationText.json(state.running).utf8),
                contentType: "application/json",
                fields: [.init("Vary", "Accept")]
            )
        }
    }

    private var ready: LocalResponse {
        let monitor = subject.monitor
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
