// SPDX-License-Identifier: Apache-2.0

import CurlewConfig
import Gateway

/// Requests that change something. The control thread does what they ask for; the client waits, and this thread does not.
extension AdminResponder {
    func change(_ route: AdminRoute, _ request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        switch (route, request.method) {
        case (.backends(let pool), _): return try add(to: pool, request)
        case (.backend(let pool, let id), "PATCH"):
            let change = try parsed { () throws(AdminRequest.Failure) in try AdminRequest.backendChange(request.body) }
            return perform(.change(change, of: id, in: pool), request) { [subject] _ throws(Problem) in
                .respond(.json(try subject.describer.backend(id, ofPool: pool)))
            }
        case (.backend(let pool, let id), _):
            try parsed { () throws(AdminRequest.Failure) in try AdminRequest.nothing(request.body) }
            return perform(.remove(id, from: pool), request) { _ in .respond(.noContent) }
        case (.drain(let pool, let id), _): return try drain(id, of: pool, request)
        case (.overrides, _):
            try parsed { () throws(AdminRequest.Failure) in try AdminRequest.nothing(request.body) }
            return perform(.forgetAll, request) { .respond(.changes($0)) }
        case (.logLevel, _):
            let level = try parsed { () throws(AdminRequest.Failure) in try AdminRequest.logLevel(request.body) }
            return perform(.setLogLevel(level), request) { _ in
                .respond(.json(.object([("level", .string(level.rawValue))])))
            }
        case (.reload, _):
            try parsed { () throws(AdminRequest.Failure) in try AdminRequest.nothing(request.body) }
            return .wait(
                PendingChange(subject.control.reload(cause: cause(request))) { change in .respond(.changes(change)) }
            )
        case (.explain, _):
            let draft = try parsed { () throws(AdminRequest.Failure) in try AdminRequest.draft(request.body) }
            let isText = Accept(request.value(of: "accept")).prefers("text/plain", to: "application/json")
            return .wait(ExplanationWait(draft, by: subject.control, asText: isText, turns: explanations))
        default: return try validate(request)
        }
    }

    /// How the log calls whoever asks.
    private func cause(_ request: LocalRequest) -> String { "admin API (\(request.client))" }

    private func perform(
        _ write: Overrides.Write,
        _ request: LocalRequest,
        _ done: @escaping @Sendable (ConfigurationChange?) throws(Problem) -> LocalAnswer.Action
    ) -> LocalAnswer.Action {
        .wait(PendingChange(subject.control.perform(write, cause: cause(request)), done: done))
    }

    private func add(to pool: String, _ request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        let backend = try parsed { () throws(AdminRequest.Failure) in try AdminRequest.backend(request.body) }
        let id = backend.id
        return perform(.add(backend, to: pool), request) { [subject] _ throws(Problem) in
            let location = LocalResponse.Field("Location", "/v1/pools/\(pool)/backends/\(id)")
            var response = LocalResponse.json(try subject.describer.backend(id, ofPool: pool), status: 201)
            response.fields.append(location)
            return .respond(response)
        }
    }

    private func drain(_ id: String, of pool: String, _ request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        let timeout = try parsed { () throws(AdminRequest.Failure) in try AdminRequest.drainTimeout(request.body) }
        let isStream = Accept(request.value(of: "accept"))
            .prefers("text/event-stream", to: "application/json")
        let (monitor, control) = (subject.monitor, subject.control)
        let write = Overrides.Write.change(.init(isEnabled: false), of: id, in: pool)
        return perform(write, request) { _ in
            let usual = control.state?.running.drainTimeout ?? .zero
            let drain = Drain(monitor, control, pool: pool, id: id, timeout: timeout ?? usual)
            guard isStream else { return .wait(DrainWait(drain: drain)) }
            return .stream(.admin([], contentType: "text/event-stream"), DrainStream(drain))
        }
    }

    private func validate(_ request: LocalRequest) throws(Problem) -> LocalAnswer.Action {
        let text = try parsed { () throws(AdminRequest.Failure) in try AdminRequest.configuration(request.body) }
        if validation?.isRunning == true {
            throw Problem(status: 503, detail: "another configuration is being validated; try again")
        }
        let validation = try Validation(of: text, for: subject)
        self.validation = validation
        return .wait(validation)
    }

    /// What a body says.
    private func parsed<Value>(_ parse: () throws(AdminRequest.Failure) -> Value) throws(Problem) -> Value {
        do throws(AdminRequest.Failure) {
            return try parse()
        } catch {
            switch error {
            case .malformed(let detail): throw Problem(status: 400, detail: detail)
            case .invalid(let failure):
                let problems = failure.problems.map { problem in
                    ConfigurationRefused.Problem("\(problem.message) (hint: \(problem.hint))")
                }
                throw Problem(status: 422, detail: problems[0].message, problems: problems)
            }
        }
    }
}

extension LocalResponse {
    fileprivate static var noContent: LocalResponse { .admin([], status: 204, contentType: "application/json") }

    fileprivate static func changes(_ change: ConfigurationChange?) -> LocalResponse {
        .json(.object([("changes", change?.list ?? .array([]))]))
    }
}
