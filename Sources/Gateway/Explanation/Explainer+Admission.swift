// SPDX-License-Identifier: Apache-2.0

internal import Reactor

extension Explainer {
    /// What is asked of the request before it is let in, in the order of ``Admission/refusal(of:in:from:at:taking:)``. It ends
    /// with what refuses it: nothing behind that is asked.
    ///
    /// - Returns: Whether it is let in.
    func isAdmitted(
        by admission: Admission,
        _ request: ParsedDraft,
        _ overrides: RouteOverrides,
        _ explanation: inout Explanation
    ) -> Bool {
        var facts = Explanation.Admission()
        func refuse(_ error: ProxyError, _ stage: Explanation.Result.Stage) -> Bool {
            explanation.admission = facts
            explanation.refuse(error, stage)
            return false
        }
        if let access = admission.access, let lists = overrides.access {
            facts.access = explain(access, lists, request.client)
            if facts.access?.isAllowed == false { return refuse(ProxyError(.addressDenied), .access) }
        }
        for limit in admission.limits {
            let found = explain(limit, request)
            facts.rateLimits.append(found)
            guard let wait = found.retryAfterMs, !limit.isDryRun else { continue }
            let reason = "the rate limit \(limit.name) is reached: \(limit.description)"
            return refuse(ProxyError(.tooManyRequests(retryAfter: wait / 1000), reason: reason), .rateLimit)
        }
        facts.concurrencyPerClient = overrides.concurrencyPerClient
        if isLive, let load = admission.load(of: request.client) {
            facts.concurrencyNow = load.inFlight
            if load.inFlight >= load.most { return refuse(ProxyError(.tooManyAtOnce), .concurrency) }
        }
        if let authenticator = admission.authenticator, let configuration = overrides.basicAuth {
            let found = explain(authenticator, realm: configuration.realm, request)
            facts.basicAuth = found
            if found.credentials != .right { return refuse(ProxyError(.unauthorized), .password) }
        }
        explanation.admission = facts
        return true
    }

    private func explain(
        _ access: AccessList,
        _ lists: AccessConfiguration,
        _ client: IPAddress
    ) -> Explanation.Access {
        let isAllowed = access.allows(client)
        let named = (isAllowed ? lists.allow : lists.deny).filter { $0.contains(client) }
        guard let network = named.max(by: { $0.bits < $1.bits }) else {
            return Explanation.Access(isAllowed: isAllowed)
        }
        return Explanation.Access(
            isAllowed: isAllowed,
            network: network.description,
            list: isAllowed ? "allow" : "deny"
        )
    }

    private func explain(_ limit: RateLimiter, _ request: ParsedDraft) -> Explanation.RateLimit {
        let configuration = limit.configuration
        var facts = Explanation.RateLimit(
            name: limit.name,
            requests: configuration.requests,
            perMs: configuration.period.milliseconds,
            burst: configuration.burst,
            by: "route",
            isDryRun: limit.isDryRun
        )
        if isLive {
            let now = MonotonicTime.now().nanoseconds
            let quota = limit.foresee(request.head, in: request.input, of: request.client, at: now)
            facts.remaining = quota.isExceeded ? 0 : Int(clamping: quota.remaining) + 1
            if quota.isExceeded { facts.retryAfterMs = Int(clamping: quota.seconds) * 1000 }
        }
        switch configuration.key {
        case .all: break
        case .clientAddress:
            facts.by = "client_ip"
            facts.key = Explainer.text(ofClient: request.client)
        case .header(let name):
            facts.by = "header"
            facts.header = name
            var values: [String] = []
            limit.forEachKeyValue(of: request.head, in: request.input) { values.append($0.string) }
            if !values.isEmpty { facts.key = values.joined(separator: ", ") }
        }
        return facts
    }

    private func explain(
        _ authenticator: BasicAuthenticator,
        realm: String,
        _ request: ParsedDraft
    ) -> Explanation.BasicAuth {
        var facts = Explanation.BasicAuth(realm: realm, credentials: .wrong)
        switch authenticator.finding(request.head, in: request.input, at: 0) {
        case .missing: facts.credentials = .missing
        case .accepted: facts.credentials = .right
        case .refused: break
        case .unknown:
            guard let field = request.head.first(.authorization),
                let credentials = request.input.withBytes(field.value, { BasicCredentials($0) })
            else { break }
            facts.user = credentials.user
            if authenticator.verify(credentials) { facts.credentials = .right }
        }
        return facts
    }

    /// What counts as one client: an IPv4 address, or an IPv6 network of 64 bits.
    static func text(ofClient address: IPAddress) -> String {
        let text = AddressText(address.client).string
        return address.isIPv4 ? text : "\(text)/64"
    }
}

extension Duration {
    /// Rounded down.
    var milliseconds: Int { Int(clamping: wholeNanoseconds / 1_000_000) }
}
