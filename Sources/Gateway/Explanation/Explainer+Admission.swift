// SPDX-License-Identifier: Apache-2.0

internal import Reactor

extension Explainer {
    /// What is asked of the request before it is let in. It ends with what refuses it: nothing behind that is asked.
    func explain(_ admission: Admission, _ request: ParsedDraft, _ overrides: RouteOverrides) -> Explanation.Admission {
        var facts = Explanation.Admission()
        if let access = admission.access, let lists = overrides.access {
            facts.access = explain(access, lists, request.client)
            if facts.access?.isAllowed == false { return facts }
        }
        facts.rateLimits = admission.limits.map { explain($0, request) }
        facts.concurrencyPerClient = overrides.concurrencyPerClient
        if let authenticator = admission.authenticator, let configuration = overrides.basicAuth {
            facts.basicAuth = explain(authenticator, realm: configuration.realm, request)
        }
        return facts
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
