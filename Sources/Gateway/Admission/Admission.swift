// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What stands between a client and a route: who may come from where, how often, how many at once, and with which password.
/// Immutable but for the counts that it keeps, and shared by all workers.
final class Admission: Sendable {
    /// Why a request is not let in.
    enum Refusal {
        case address
        /// Of this limit; there may be another request in so many seconds.
        case rate(RateLimiter, seconds: UInt64)
        case concurrency
    }

    /// What one request has taken, and is told of it. Kept by the exchange until ``leave(_:)``.
    struct Taken {
        /// What is left of the limits, in their order.
        var quotas = InlineArray<2, RateLimiter.Quota?>(repeating: nil)
        /// A limit that was only to be watched has been exceeded.
        var exceededInDryRun: RateLimiter?
        /// Counts among the client's requests in flight.
        var place: IPAddress?
    }

    let access: AccessList?
    /// That of all requests, then the route's own.
    let limits: [RateLimiter]
    let own: RateLimiter?
    /// How many requests each client has, where that is limited.
    private let concurrency: ClientTable?
    private let maximumConcurrency: Int
    let authenticator: BasicAuthenticator?

    /// `nil` if nothing is asked for, so that a request has nothing to pay but the question.
    ///
    /// - Parameters:
    ///   - overall: The limit for all requests together, if there is one.
    ///   - name: What the log and clients call the route's own limit.
    ///   - overrides: What the route says.
    ///   - previous: The route's before the configuration changed. What it has counted goes on counting: for its limit as long
    ///     as that is the same, and for the number of requests in any case.
    init?(overall: RateLimiter?, name: String, _ overrides: RouteOverrides, after previous: Admission? = nil) {
        access = overrides.access.map(AccessList.init)
        var limits: [RateLimiter] = []
        if let overall { limits.append(overall) }
        own = overrides.rateLimit.map { RateLimiter.of($0, name: name, after: previous?.own) }
        if let own { limits.append(own) }
        self.limits = limits
        concurrency = overrides.concurrencyPerClient.map { _ in previous?.concurrency ?? ClientTable() }
        maximumConcurrency = overrides.concurrencyPerClient ?? .max
        authenticator = overrides.basicAuth.map { BasicAuthenticator.of($0, after: previous?.authenticator) }
        if access == nil && limits.isEmpty && concurrency == nil && authenticator == nil { return nil }
    }

    /// Asks whether a request may come, and counts it; the password is asked for after that.
    ///
    /// The cheap comes first, and what is refused costs nothing of what comes behind it. A request that the route's own
    /// limit turns away has counted for the limit of all.
    ///
    /// - Parameters:
    ///   - request: Its head.
    ///   - input: The bytes of the head are at its front.
    ///   - client: Who has sent it, as trusted proxies say.
    ///   - now: The time of this turn.
    ///   - taken: Takes down what is to be given back, and told.
    /// - Returns: Why not, or `nil` if it may.
    func refusal(
        of request: RequestHead,
        in input: ByteBuffer,
        from client: IPAddress,
        at now: MonotonicTime,
        taking taken: inout Taken
    ) -> Refusal? {
        if let access, !access.allows(client) { return .address }
        for index in limits.indices {
            let limit = limits[index]
            let quota = limit.take(request, in: input, of: client, at: now.nanoseconds)
            if limit.isDryRun {
                if quota.isExceeded { taken.exceededInDryRun = limit }
                continue
            }
            taken.quotas[index] = quota
            if quota.isExceeded { return .rate(limit, seconds: quota.seconds) }
        }
        if let concurrency {
            guard concurrency.admit(client.client, atMost: maximumConcurrency) else { return .concurrency }
            taken.place = client.client
        }
        return nil
    }

    /// How many requests `client` has, and how many it may have; `nil` where that is not limited.
    func load(of client: IPAddress) -> (inFlight: Int, most: Int)? {
        concurrency.map { ($0.count(of: client.client), maximumConcurrency) }
    }

    /// The request is over, however it ended.
    func leave(_ taken: Taken) {
        if let place = taken.place { concurrency?.release(place) }
    }

    /// Writes the fields, each with its end of line, that tell the client of its limits: none where no limit was asked.
    func writeFields(_ taken: Taken, to output: ByteBuffer) {
        guard (0..<limits.count).contains(where: { taken.quotas[$0] != nil }) else { return }
        var isFirst = true
        for index in limits.indices where taken.quotas[index] != nil {
            output.append(isFirst ? "RateLimit-Policy: " : ", ")
            limits[index].writePolicy(to: output)
            isFirst = false
        }
        isFirst = true
        for index in limits.indices {
            guard let quota = taken.quotas[index] else { continue }
            output.append(isFirst ? "\r\nRateLimit: " : ", ")
            limits[index].write(quota, to: output)
            isFirst = false
        }
        output.append("\r\n")
    }
}
