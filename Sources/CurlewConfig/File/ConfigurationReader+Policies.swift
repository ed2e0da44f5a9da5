// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// `timeout` may be longer than `interval`, as in Envoy and Kubernetes: a backend that has not answered yet is left out
    /// of the next round, so pings never pile up, and a short interval alone is a sensible thing to write.
    mutating func healthCheck(_ field: Field?, _ check: inout HealthCheckConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .healthCheck) else { return }
        assign(&check.path, fields["path"], .requestPath)
        assign(&check.interval, fields["interval"])
        assign(&check.timeout, fields["timeout"])
        assign(&check.jitterPercent, fields["jitter"])
        expectedStatuses(fields["expect_status"], &check)
        if let text = read(fields["expect_body"], .filled("a text", example: "expect_body: ok")) {
            check.expectBody = Array(text.utf8)
        }
        assign(&check.method, fields["method"], .pingMethod)
        assign(&check.host, fields["host"], ValueParser<String>.authority.optional)
        assign(&check.rise, fields["rise"])
        assign(&check.fall, fields["fall"])
        assign(&check.downInterval, fields["down_interval"])
        assign(&check.passiveFall, fields["passive_fall"])
        if check.method == "HEAD", let body = fields["expect_body"] {
            report(body.keyMark, body.path, "an answer to HEAD has no body", hint: "write method: GET, or remove one")
        }
        if let body = check.expectBody, body.count > 65536, let field = fields["expect_body"] {
            report(field.value.mark, field.path, "only 64 KiB of an answer are looked at", hint: "shorten the text")
        }
    }

    /// The widest range of codes is the rule, and those outside of it come beside it, however the file lists them.
    private mutating func expectedStatuses(_ field: Field?, _ check: inout HealthCheckConfiguration) {
        guard let field else { return }
        let ranges = oneOrMore(field)
            .compactMap { scalar($0, path: field.path, .statusCodes, example: "expect_status: [200-299, 401]") }
        guard !ranges.isEmpty else { return }
        let codes = Set(ranges.joined())
        guard let widest = codes.runs.max(by: { $0.count < $1.count }) else { return }
        check.expectStatus = widest
        check.moreStatuses = codes.subtracting(widest)
    }

    mutating func outlier(_ field: Field?, _ outlier: inout OutlierConfiguration?) {
        guard let field, !field.isOff else { return }
        var rules = OutlierConfiguration()
        guard let fields = fields(of: field.value, path: field.path, section: .outlier) else { return }
        assign(&rules.consecutive5xx, fields["consecutive_5xx"])
        assign(&rules.failurePercent, fields["failure_rate"])
        assign(
            &rules.latencyFactor,
            fields["latency"],
            ValueParser<Double>.factor(1.1...1000, example: "3").orUnlimited()
        )
        assign(&rules.window, fields["window"])
        assign(&rules.minimumRequests, fields["minimum_requests"])
        assign(&rules.ejectFor, fields["eject_for"])
        assign(&rules.maximumEjection, fields["max_eject_for"])
        assign(&rules.maximumEjectedPercent, fields["max_ejected"])
        if rules.maximumEjection < rules.ejectFor {
            report(
                (fields["max_eject_for"] ?? fields["eject_for"])?.value.mark,
                field.path,
                "max_eject_for, \(rules.maximumEjection.written), is shorter than eject_for, \(rules.ejectFor.written)",
                hint: "make it as long at least"
            )
        }
        if rules.consecutive5xx == nil, rules.failurePercent == nil, rules.latencyFactor == nil {
            note(
                field.keyMark,
                field.path,
                "all three signs are off, so no backend is ever ejected",
                hint: "give one of consecutive_5xx, failure_rate and latency, or remove \"outlier\""
            )
        }
        outlier = rules
    }

    mutating func timeouts(_ field: Field?, _ timeouts: inout TimeoutsConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .timeouts) else { return }
        assign(&timeouts.connect, fields["connect"])
        exchangeTimeouts(fields, &timeouts)
        assign(&timeouts.keepAlive, fields["keep_alive"])
    }

    /// Those that a route may have too.
    mutating func exchangeTimeouts(_ fields: Fields, _ timeouts: inout TimeoutsConfiguration) {
        assign(&timeouts.firstByte, fields["first_byte"])
        assign(&timeouts.idle, fields["idle"])
        assign(&timeouts.total, fields["total"])
        assign(&timeouts.tunnel, fields["tunnel"])
    }

    mutating func retry(_ field: Field?, _ section: Section, _ retry: inout RetryConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: section) else { return }
        assign(&retry.attempts, fields["attempts"])
        assign(&retry.bodyBuffer, fields["body_buffer"])
        assign(&retry.budgetPercent, fields["budget"])
        assign(&retry.budgetMinimum, fields["budget_minimum"])
        assign(&retry.perTryTimeout, fields["per_try_timeout"])
        assign(&retry.backoff, fields["backoff"])
        assign(&retry.retriesNonIdempotent, fields["non_idempotent"])
        assign(&retry.hedgeAfter, fields["hedge_after"])
        guard let on = fields["on"] else { return }
        let example = "on: [connect, reset, timeout, 502]"
        guard let items = items(of: on, example: example) else { return }
        retry.on = []
        retry.statuses = []
        for item in items {
            switch scalar(item, path: on.path, .retryCause, example: example) {
            case .condition(let condition): retry.on.insert(condition)
            case .status(let code): retry.statuses.insert(code)
            case nil: break
            }
        }
    }

    /// Notes times of attempts that others are always over before.
    mutating func checkTimes(_ field: Field?, _ retry: RetryConfiguration, _ timeouts: TimeoutsConfiguration) {
        guard let field else { return }
        if retry.hedgeAfter != nil, retry.attempts < 2 {
            note(
                field.keyMark,
                field.path,
                "a hedge is a second attempt, and attempts: 1 allows none, so hedge_after has no effect",
                hint: "raise attempts, or remove hedge_after"
            )
        }
        let limits = [("total", timeouts.total), ("first_byte", timeouts.firstByte)]
        for (name, time) in [("hedge_after", retry.hedgeAfter), ("per_try_timeout", retry.perTryTimeout)] {
            guard let time, let limit = limits.first(where: { $0.1.map { $0 <= time } ?? false }) else { continue }
            note(
                field.keyMark,
                field.path,
                "\(name), \(time.written), has no effect: timeouts.\(limit.0), \(limit.1?.written ?? ""), is over before",
                hint: "make it shorter than that, or remove it"
            )
        }
    }

    mutating func sticky(_ field: Field?, _ sticky: inout StickyConfiguration?) {
        guard let field, !field.isOff else { return }
        var rules = StickyConfiguration()
        guard let fields = fields(of: field.value, path: field.path, section: .sticky) else { return }
        assign(&rules.cookie, fields["cookie"], .cookieName)
        let literal = read(fields["secret"], .filled("a secret", example: "secret_file: /run/secrets/curlew"))
        if let secret = literal ?? secret(fromFile: fields["secret_file"]) {
            rules.secret = Array(secret.utf8)
            if rules.secret.count < 16 {
                let field = fields["secret"] ?? fields["secret_file"]
                let message = "a secret of \(rules.secret.count) bytes is soon guessed"
                note(field?.value.mark, field?.path ?? "", message, hint: "make one: openssl rand -base64 32")
            }
        }
        assign(&rules.timeToLive, fields["ttl"], .cookieLife)
        assign(&rules.secure, fields["secure"])
        assign(&rules.sameSite, fields["same_site"])
        assign(&rules.path, fields["path"], .cookiePath)
        checkForBrowsers(rules, fields)
        sticky = rules
    }

    /// What browsers drop keeps nobody anywhere.
    private mutating func checkForBrowsers(_ rules: StickyConfiguration, _ fields: Fields) {
        if rules.secure == .never, let secure = fields["secure"] {
            if rules.sameSite == .none {
                report(
                    secure.value.mark,
                    secure.path,
                    "browsers drop a cookie with same_site: none that is not secure",
                    hint: "write secure: always, or another same_site"
                )
            }
            if rules.needsSecure {
                report(
                    secure.value.mark,
                    secure.path,
                    "browsers drop a cookie named \(rules.cookie) that is not secure",
                    hint: "write secure: always, or another name"
                )
            }
        }
        if rules.needsRootPath, rules.path != "/", let path = fields["path"] {
            report(
                path.value.mark,
                path.path,
                "browsers drop a cookie named \(rules.cookie) that is not for the path /",
                hint: "remove the path, or write cookie: __Secure-\(rules.cookie.dropFirst("__Host-".count))"
            )
        }
    }
}

extension Set<Int> {
    /// The numbers as ranges without gaps, in order.
    var runs: [ClosedRange<Int>] {
        sorted().reduce(into: []) { runs, number in
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
    }
}
