// SPDX-License-Identifier: Apache-2.0

internal import Gateway

extension Explanation {
    func forwardingLines(_ forwarding: Forwarding, _ layout: inout TextLayout) {
        if forwarding.backendTarget != forwarding.target {
            layout.paragraph("PATH", ["\(forwarding.target) -> \(forwarding.backendTarget)"])
        }
        bodyLines(forwarding, &layout)
        layout.paragraph("HEADERS", forwarding.requestHeaders.map(\.text))
        for destination in forwarding.destinations {
            let share = forwarding.destinations.count > 1 ? ", \(destination.percent.text) % of the requests" : ""
            layout.paragraph("POOL", ["\(destination.pool)\(share): \(destination.choice)"] + destination.lines)
            layout.paragraph("RETRY", destination.retry.lines(method: request.method))
            layout.paragraph("TIMEOUTS", [destination.timeouts.text])
            let limits = destination.limits.lines
            if !limits.isEmpty { layout.paragraph("LIMITS", limits) }
        }
        if let mirror = forwarding.mirror { layout.paragraph("MIRROR", [mirror.text]) }
        if !forwarding.responseHeaders.isEmpty {
            layout.paragraph("RESPONSE", forwarding.responseHeaders.map(\.text))
        }
    }

    private func bodyLines(_ forwarding: Forwarding, _ layout: inout TextLayout) {
        if request.isUpgrade { layout.paragraph("UPGRADE", ["a tunnel, once the backend answers 101"]) }
        guard let body = request.body else { return }
        let length = body.bytes.map { size($0) } ?? "of unknown length"
        let most = forwarding.bodyLimit.map { "; at most \(size(UInt64($0)))" } ?? ""
        layout.paragraph("BODY", ["\(length), passed on as it comes\(most)"])
    }
}

extension Explanation.HeaderChange {
    fileprivate var text: String {
        let by = cause == .route ? " (route)" : ""
        switch (before, after) {
        case (nil, let after?): return "+ \(name): \(after)\(by)"
        case (let before?, let after?): return "~ \(name): \(after)\(by), was \(before)"
        case (_, nil): return "- \(name)\(by)"
        }
    }
}

extension Explanation.HeaderEdit {
    fileprivate var text: String {
        switch action {
        case .remove: "- \(name)"
        case .set: "= \(name): \(value ?? "")"
        case .add: "+ \(name): \(value ?? "")"
        }
    }
}

extension Explanation.Mirror {
    fileprivate var text: String {
        if let obstacle { return "no copy to pool \(pool): \(obstacle)" }
        let share = percent == .whole ? "a copy" : "by chance, of \(percent.text) % of the requests, a copy"
        return "\(share) to pool \(pool), unless \(concurrency) are under way; its answer is dropped"
    }
}

extension Explanation.Destination {
    /// How one of the backends is chosen.
    fileprivate var choice: String {
        switch basis {
        case .turn: return "\(strategy), whose turn it is"
        case .load: return "\(strategy), whoever has least to do"
        case .latency: return "\(strategy), whoever has been fastest"
        case .chance: return "\(strategy), by chance"
        case .key:
            guard let key else { return strategy }
            let standIn = key.isStandIn ? "there is no \(key.by), so by client_ip" : "by \(key.by)"
            return "\(strategy) \(standIn): \(key.value)"
        }
    }

    fileprivate var lines: [String] {
        var lines = sticky.map { [$0.text] } ?? []
        let ordered = backends.sorted { ($0.rank ?? .max) < ($1.rank ?? .max) }
        let shown = ordered.prefix(20)
        lines += shown.map { backend in
            let facts = [
                backend.weight == 1 ? nil : "weight \(backend.weight)", backend.isBackup ? "backup" : nil,
                backend.maxConnections.map { "at most \($0) at once" }, backend.host.map { "Host: \($0)" },
                backend.isSigned ? "signed for AWS" : nil,
                backend.condition,
                isStateKnown ? "\(backend.inFlight) in flight" : nil,
            ]
            let list = facts.compactMap { $0 }.joined(separator: ", ")
            return "  \(backend.rank.map { "\($0)." } ?? "-") \(backend.url)\(list.isEmpty ? "" : " (\(list))")"
        }
        if ordered.count > shown.count { lines.append("  and \(ordered.count - shown.count) more") }
        if !isStateKnown {
            lines.append("taken for granted: all are well, and have nothing to do")
        } else if !backends.contains(where: \.isAvailable), backends.contains(where: \.isEnabled) {
            lines.append(
                "all that are enabled are out: they are pinged at once, and the request waits for that a moment"
            )
        }
        return lines
    }
}

extension Explanation.Backend {
    /// Why it gets no new requests; `nil` if it does.
    fileprivate var condition: String? {
        guard isEnabled else {
            let health = state == "healthy" || state == "unknown" ? nil : state
            return ["disabled", inFlight > 0 ? "draining" : nil, health].compactMap(\.self).joined(separator: ", ")
        }
        guard !isAvailable else { return nil }
        guard let state else { return "out of rotation" }
        return "\(state)\(reason.map { ": \($0)" } ?? "")"
    }
}

extension Explanation.Sticky {
    fileprivate var text: String {
        switch state {
        case .absent: "sticky: no cookie \(cookie) yet; the answer brings one"
        case .valid: "sticky: the cookie \(cookie) says \(backend ?? "")"
        case .invalid: "sticky: the cookie \(cookie) is not valid; the answer brings another"
        case .unverifiable: "sticky: only the running gateway can read the cookie \(cookie): the file has no secret"
        }
    }
}

extension Explanation.Retry {
    fileprivate func lines(method: String) -> [String] {
        guard attempts > 1 else { return ["never: one attempt"] }
        let why =
            switch repeatable {
            case .method: "\(method) is idempotent"
            case .idempotencyKey: "it has an Idempotency-Key"
            case .configuration: "retry.non_idempotent is on"
            case .no: "\(method) is not idempotent"
            }
        let what = on.isEmpty ? "on nothing" : "on \(on.joined(separator: ", "))"
        let not = notOn.isEmpty ? "" : "; not on \(notOn.joined(separator: ", "))"
        var lines = ["\(what)\(not): \(why); \(attempts) attempts in all"]
        if let bodyBuffer {
            lines.append(
                bodyBuffer > 0
                    ? "of the body \(size(UInt64(bodyBuffer))) are kept; beyond that only if none of it was taken"
                    : "of the body nothing is kept: only if none of it was taken"
            )
        }
        if let perTryMs { lines.append("an attempt has \(time(perTryMs)) to the first byte") }
        if let hedgeAfterMs { lines.append("to a second backend too after \(time(hedgeAfterMs)) without an answer") }
        return lines
    }
}

extension Explanation.Timeouts {
    fileprivate var text: String {
        let parts = [
            "connect \(time(connectMs))", "first byte \(time(firstByteMs))", "idle \(time(idleMs))",
            totalMs.map { "total \(time($0))" } ?? "total off", tunnelMs.map { "tunnel \(time($0))" },
            bodyMs.map { "body \(time($0))" },
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}

extension Explanation.Limits {
    fileprivate var lines: [String] {
        var lines: [String] = []
        if let activeRequests {
            lines.append("\(activeRequests) requests at the pool at once; one more is answered 503")
        }
        if isAdaptive { lines.append("as many at once as the pool answers without delay (adaptive_concurrency)") }
        if let active, let currentLimit { lines.append("it has \(active) now, and may have \(currentLimit)") }
        if let queueSize, let queueTimeoutMs {
            let now = queued.map { "; \($0) wait now" } ?? ""
            lines.append("\(queueSize) wait for a backend with room, for \(time(queueTimeoutMs)) at most\(now)")
        }
        return lines
    }
}
