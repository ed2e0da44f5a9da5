// SPDX-License-Identifier: Apache-2.0

package import Gateway

extension Explanation {
    /// For people: at most 80 columns, but for words that are longer.
    package var text: String {
        var layout = TextLayout()
        layout.line("\(request.method) \(request.target)\(request.host.map { " of \($0)" } ?? "")")
        layout.blank()
        layout.paragraph("RESULT", [outcome])
        layout.paragraph("CLIENT", [clientLine])
        if result.stage != .parsing, result.stage != .maxForwards, request.method != "CONNECT" { routes(&layout) }
        if let admission { admissionLines(admission, &layout) }
        if let answer { layout.paragraph("ANSWER", answerLines(answer)) }
        if let forwarding { forwardingLines(forwarding, &layout) }
        return layout.text
    }

    /// What comes of it, in one sentence.
    private var outcome: String {
        let status = result.status.map { "\($0)" } ?? ""
        switch result.kind {
        case .refused:
            return "refused with \(status) by the gateway: \(result.reason ?? "")"
        case .answered where result.stage == .maxForwards:
            return "answered with \(status) by the gateway itself: Max-Forwards is 0, so it goes no further"
        case .answered:
            if let location = answer?.location { return "redirected with \(status) to \(location)" }
            return "answered with \(status) by the gateway, as the route says"
        case .forwarded: return destinationsLine
        }
    }

    private var destinationsLine: String {
        guard let forwarding, let first = forwarding.destinations.first else { return "forwarded" }
        guard forwarding.destinations.count == 1 else {
            let shares = forwarding.destinations.map { "\($0.percent.text) % to pool \($0.pool)" }
            return "forwarded by chance: \(shares.joined(separator: ", "))"
        }
        guard let backend = first.backends.first(where: { $0.rank == 1 }) else {
            return "forwarded to a backend of pool \(first.pool)"
        }
        return "forwarded to \(backend.url) of pool \(first.pool)"
    }

    private var clientLine: String {
        switch client.source {
        case .connection:
            if client.isTrustedProxy { return "\(client.address), a trusted proxy that names no client" }
            return client.address
        case .forwardedFor:
            return "\(client.address), as the trusted proxy \(client.connection) says in X-Forwarded-For"
        case .forwarded: return "\(client.address), as the trusted proxy \(client.connection) says in Forwarded"
        }
    }

    // MARK: Routes

    private func routes(_ layout: inout TextLayout) {
        if let route {
            var lines = [
                "\(route.title) (number \(route.number) of the file; \(route.place) of \(route.places) in turn)"
            ]
            lines += route.conditions.map { "  \($0.metText)" }
            if route.conditions.isEmpty, route.title != "every request" { lines.append("  it takes every request") }
            layout.paragraph("ROUTE", lines)
        } else if result.stage == .routing {
            layout.paragraph("ROUTE", ["none"])
        }
        guard !passedOver.isEmpty else { return }
        var lines = passedOver.map { route in
            let why =
                route.reason == .later
                ? "fits too, and comes later" : route.unmet.map(\.unmetText).joined(separator: "; ")
            return "\(route.title): \(why)"
        }
        let rest = passedOverInAll - passedOver.count
        if rest > 0 { lines.append("and \(rest) more") }
        layout.paragraph("NOT TAKEN", lines)
    }

    // MARK: Admission

    private func admissionLines(_ admission: Admission, _ layout: inout TextLayout) {
        if let access = admission.access {
            let verdict = access.isAllowed ? "allowed" : "denied"
            let why =
                access.network.map { "\($0) is in \(access.list ?? "")" }
                ?? (access.isAllowed ? "no network that is denied has it" : "no network that is allowed has it")
            layout.paragraph("ACCESS", ["\(verdict): \(why)"])
        }
        if !admission.rateLimits.isEmpty { layout.paragraph("RATE", admission.rateLimits.map(\.text)) }
        if let most = admission.concurrencyPerClient {
            let now = admission.concurrencyNow.map { ", who has \($0) now" } ?? ""
            layout.paragraph("AT ONCE", ["\(most) of this client's requests\(now); one more is answered 429"])
        }
        guard let auth = admission.basicAuth else { return }
        let user = auth.user.map { " of \($0)" } ?? ""
        let verdict =
            switch auth.credentials {
            case .missing: "none given; a name and a password for \"\(auth.realm)\" are needed"
            case .right: "that\(user) is right"
            case .wrong: "that\(user) is wrong, or there is no such user"
            }
        layout.paragraph("PASSWORD", [verdict])
    }

    private func answerLines(_ answer: Answer) -> [String] {
        ["\(answer.status), \(size(UInt64(answer.bodyBytes))) of body"]
            + answer.headers.map { "\($0.name): \($0.value)" }
    }
}

extension Explanation.Condition {
    private var subject: String {
        switch kind {
        case .host: "host"
        case .path: "path below"
        case .exactPath: "path"
        case .method: "method"
        case .header: "header \(name ?? "")"
        case .query: "query \(name ?? "")"
        }
    }

    private var isAnyValue: Bool { wanted == "*" && (kind == .header || kind == .query) }

    fileprivate var metText: String {
        if isAnyValue { return "\(subject) is there" }
        let has = found == wanted || kind == .header || kind == .query ? "" : ": \(found ?? "")"
        return "\(subject) \(wanted)\(has)"
    }

    fileprivate var unmetText: String {
        let has = found.map { "not \($0)" } ?? "there is none"
        return isAnyValue ? "\(subject) is missing" : "\(subject) \(wanted), \(has)"
    }
}

extension Explanation.RateLimit {
    fileprivate var text: String {
        let whose =
            switch (by, key) {
            case ("route", _): "counted for all together"
            case ("header", let key?): "counted for \(header ?? "") \(key)"
            case ("header", nil): "counted for those without \(header ?? "")"
            default: "counted for \(key ?? "")"
            }
        let left =
            switch (remaining, retryAfterMs) {
            case (_, let wait?): "; none left, the next in \(time(wait))"
            case (let left?, nil): "; \(left) left at this moment"
            case (nil, nil): ""
            }
        let extra = (burst == requests ? "" : ", \(burst) at once") + (isDryRun ? ", only watched" : "")
        return "\(name): \(requests) in \(time(perMs))\(extra), \(whose)\(left)"
    }
}
