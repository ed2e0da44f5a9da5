// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Whether a request is let in at all; see ``Admission``.
extension Exchange {
    /// How long a request waits for its password to be verified before it is told to come again.
    private static let longestVerification: UInt64 = 30_000_000_000

    /// Lets the request in, or answers it, or has it wait for its password to be verified, behind which
    /// ``goOn()`` is called.
    ///
    /// - Returns: Whether it may go on at once.
    func isAdmitted(by admission: Admission) -> Bool {
        guard let downstream else { return false }
        self.admission = admission
        let client = namedClient ?? downstream.address
        let refusal = admission.refusal(
            of: request,
            in: downstream.input,
            from: client,
            at: context.loop.now,
            taking: &admitted
        )
        if let watched = admitted.exceededInDryRun { summary.exceededInDryRun = watched.nameBytes }
        switch refusal {
        case .address: answer(ProxyError(.addressDenied))
        case .rate(let limit, let seconds):
            summary.limit = limit.nameBytes
            answer(
                ProxyError(
                    .tooManyRequests(retryAfter: Int(clamping: seconds)),
                    reason: "the rate limit \(limit.name) is reached: \(limit.description)"
                )
            )
        case .concurrency:
            summary.limit = Array("concurrency_per_client".utf8)
            answer(ProxyError(.tooManyAtOnce))
        case nil:
            guard let authenticator = admission.authenticator else { return true }
            return isAuthenticated(by: authenticator, downstream)
        }
        return false
    }

    // MARK: Passwords

    private func isAuthenticated(by authenticator: BasicAuthenticator, _ downstream: any Downstream) -> Bool {
        let now = context.loop.now
        switch authenticator.finding(request, in: downstream.input, at: now.nanoseconds) {
        case .accepted: return true
        case .refused: refuseCredentials()
        case .missing:
            // Every browser asks like this first: nothing has failed.
            isFailureLogged = true
            answer(ProxyError(.unauthorized))
        case .unknown(let tag):
            guard let credentials else {
                refuseCredentials()
                return false
            }
            ticket = context.desk?.verify(credentials, tag: tag, by: authenticator, for: self)
            guard ticket != nil else {
                answer(ProxyError(.authenticationFull))
                return false
            }
            downstream.setDeadline(now.advanced(byNanoseconds: Exchange.longestVerification))
        }
        return false
    }

    /// The credentials that the exchange has waited for were verified.
    func verified(_ verdict: VerdictInbox.Verdict) {
        ticket = nil
        switch verdict {
        case .accepted: goOn()
        case .refused: refuseCredentials()
        case .unverified: answer(ProxyError(.authenticationFull))
        }
    }

    private var credentials: BasicCredentials? {
        guard let field = request.first(.authorization) else { return nil }
        return downstream?.input.withBytes(field.value) { BasicCredentials($0) }
    }

    /// The log names the user that was tried, never the password.
    private func refuseCredentials() {
        guard let user = credentials?.user else {
            return answer(ProxyError(.unauthorized, reason: "the Authorization field has no Basic credentials"))
        }
        answer(ProxyError(.unauthorized, reason: "wrong password, or no such user: \(user.prefix(64))"))
    }

    /// The client is gone, or there is no more time, while the exchange waits for a verdict.
    func failVerification(_ error: ProxyError) {
        if let ticket { context.desk?.forget(ticket) }
        ticket = nil
        guard error.kind == .clientLeft || error.kind == .clientStoppedReading else { return answer(error) }
        machine.answered()
        failure = error.label
        summary.status = error.status
        logFailureOnce(error)
        logResponse()
        downstream?.cut(resetting: true)
    }

    // MARK: The end

    /// Gives back what the request has taken, however it ended.
    func leaveAdmission() {
        guard let admission else { return }
        if let ticket { context.desk?.forget(ticket) }
        ticket = nil
        admission.leave(admitted)
        admitted = Admission.Taken()
        self.admission = nil
    }

    /// Writes what the client is told of its limits, and how it may get in, each field with its end of line.
    func writeAdmissionFields(to output: ByteBuffer, with error: ProxyError? = nil) {
        guard let admission else { return }
        admission.writeFields(admitted, to: output)
        if error?.kind == .unauthorized, let authenticator = admission.authenticator {
            output.append("WWW-Authenticate: ")
            output.append(authenticator.challenge)
            output.append("\r\n")
        }
    }
}
