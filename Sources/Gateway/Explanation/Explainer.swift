// SPDX-License-Identifier: Apache-2.0

/// Says what would become of a request, without sending anything or counting it anywhere.
///
/// It asks the very parts that serve requests, one after another as ``Exchange`` does: the parser, the routes, the
/// rewriter, a balancer. So it cannot say something else than what happens, but where that depends on what nobody knows
/// beforehand: chance, what other requests there are, and how the backends are doing.
package struct Explainer {
    let snapshot: Snapshot
    /// How the backends are doing is known.
    let isStateKnown: Bool
    /// What is known of a running gateway counts, such as secrets that were made when it started.
    let isLive: Bool

    /// For a gateway that does not run: every backend is taken to be well and idle.
    ///
    /// - Parameters:
    ///   - configuration: A valid one.
    ///   - condition: How the backends are doing, by the pool's name and the index of the backend, where that is known.
    /// - Throws: What a validated configuration rules out.
    package init(
        _ configuration: GatewayConfiguration,
        condition: ((String, Int) -> BackendCondition)? = nil
    ) throws(StartError) {
        snapshot = try Snapshot(configuration, shared: SharedState())
        isStateKnown = condition != nil
        isLive = false
        guard let condition else { return }
        for shared in snapshot.pools {
            for backend in shared.pool.backends {
                let known = condition(shared.pool.name, backend.index)
                shared.pool.setAvailable(backend.index, known.isAvailable && backend.isEnabled)
                backend.suppose(inFlight: known.inFlight)
            }
        }
    }

    /// For a gateway that runs, as it is at this moment, overrides included. Everything it looks at may be read by any thread.
    ///
    /// - Returns: `nil` for a server that is no gateway.
    package init?(_ control: GatewayControl) {
        guard let state = control.state else { return nil }
        self.init(state.snapshot)
    }

    /// For a gateway that runs with this snapshot.
    init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        isStateKnown = true
        isLive = true
    }

    /// What would become of `draft`.
    package func explain(_ draft: RequestDraft) -> Explanation {
        let request = ParsedDraft(draft, in: snapshot.configuration)
        var explanation = Explanation(
            request: request.facts,
            client: request.clientFacts,
            result: Explanation.Result(kind: .forwarded, stage: .backend)
        )
        if let error = request.error {
            explanation.refuse(ProxyError(.malformedRequest(error)), .parsing)
            return explanation
        }
        if request.head.maxForwards == 0 {
            explanation.result = Explanation.Result(kind: .answered, stage: .maxForwards, status: 200)
            return explanation
        }
        if request.head.isConnect {
            explanation.refuse(ProxyError(.methodNotAllowed), .routing)
            return explanation
        }
        var reader = PathReader()
        let outcome = request.withBytes { snapshot.routes.find(request.head, in: $0, &reader) }
        switch outcome {
        case .route(let index): follow(index, request, &explanation)
        case .noRoute: turnAway(ProxyError(.noRoute), request, &explanation)
        case .refused(let problem): turnAway(ProxyError(.refusedPath(problem)), request, &explanation)
        }
        return explanation
    }

    /// The request fits no route. It is counted all the same.
    private func turnAway(_ error: ProxyError, _ request: ParsedDraft, _ explanation: inout Explanation) {
        if case .noRoute = error.kind { explainRoutes(chosen: nil, request, &explanation) }
        if let admission = snapshot.unrouted, !isAdmitted(by: admission, request, RouteOverrides(), &explanation) {
            return
        }
        explanation.refuse(error, .routing)
    }

    /// The request goes by the route with this index.
    private func follow(_ index: Int, _ request: ParsedDraft, _ explanation: inout Explanation) {
        explainRoutes(chosen: index, request, &explanation)
        let route = snapshot.routeActions[index]
        let limits = route.overrides.limits(over: snapshot.configuration.limits)
        if let error = request.head.refusal(bodyBeyond: limits.bodyBytes.map(UInt64.init)) {
            return explanation.refuse(error, .body)
        }
        if let admission = snapshot.admissions[index],
            !isAdmitted(by: admission, request, route.overrides, &explanation)
        {
            return
        }
        if let fixed = route.answer {
            if fixed.needsHost && request.head.hostLength == 0 {
                return explanation.refuse(ProxyError(.malformedRequest(.missingHost)), .route)
            }
            explanation.answer = explain(fixed, route.edits, request).hiding(
                snapshot.configuration.routes[index].hidesAnswer
            )
            explanation.result = Explanation.Result(kind: .answered, stage: .route, status: fixed.status)
            return
        }
        let forwarding = explainForwarding(index, request)
        explanation.forwarding = forwarding
        // Of several pools chance chooses one, so it has to hold for all.
        let refusals = forwarding.destinations.compactMap(\.refusal)
        if let refusal = refusals.first, refusals.count == forwarding.destinations.count {
            explanation.refuse(refusal, .availability)
        }
    }
}

extension Explanation {
    mutating func refuse(_ error: ProxyError, _ stage: Result.Stage) {
        result = Result(
            kind: .refused,
            stage: stage,
            status: error.status,
            reason: error.reason,
            proxyStatus: "\(error.proxyStatusToken)"
        )
    }
}

extension Explanation.Destination {
    /// Why nobody would be asked there.
    fileprivate var refusal: ProxyError? {
        if let active = limits.active, let most = limits.currentLimit, active >= most {
            return ProxyError(.poolFull(isAdaptive: limits.isAdaptive))
        }
        let isAnyoneAsked =
            backends.contains(where: \.isAvailable)
            || whenAllDown == WhenAllDown.tryAnyway.rawValue && backends.contains(where: \.isEnabled)
        return isAnyoneAsked ? nil : ProxyError(.noBackendAvailable)
    }
}
