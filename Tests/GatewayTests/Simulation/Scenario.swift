// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// A pool, its policies and what goes wrong with its backends and when: all of it drawn from one seed.
///
/// Times are nanoseconds from the start. Everything that goes wrong has ended by ``faultsEnd``; from ``settled`` on all must
/// be well again, until ``end``.
struct Scenario: CustomStringConvertible {
    /// What a backend does wrong.
    enum Trouble: CaseIterable {
        /// It refuses connections and has lost those that it had.
        case crash
        /// Every answer takes fifty times as long.
        case slow
        /// It goes down and comes back every few hundred milliseconds.
        case flapping
        /// Some of its answers are 503; pings are answered well.
        case partial
        /// It resets some connections before an answer; pings are answered well.
        case resets
        /// Many more requests come, for all backends.
        case overload
    }

    struct Fault: CustomStringConvertible {
        let trouble: Trouble
        let backend: Int
        let time: Range<UInt64>

        var description: String {
            "\(trouble) of \(backend) from \(time.lowerBound / 1_000_000) to \(time.upperBound / 1_000_000) ms"
        }
    }

    static let second: UInt64 = 1_000_000_000

    let seed: UInt64
    let pool: PoolConfiguration
    let faults: [Fault]
    /// Between two requests, on average.
    let gap: UInt64
    /// How long an answer takes a backend that has nothing else to do.
    let service: UInt64
    let faultsEnd: UInt64
    let settled: UInt64
    let end: UInt64
    /// What a client may, of whom there are three; `nil` for anything.
    let rateLimit: GCRA?

    init(seed: UInt64) {
        self.seed = seed
        var random = PseudoRandom(seed: seed)
        let count = Int.random(in: 1...5, using: &random)
        var pool = Scenario.pool(of: count, using: &random)
        Scenario.limit(&pool, using: &random)
        self.pool = pool
        let isLimited = Int.random(in: 0..<5, using: &random) == 0
        let burst = Int.random(in: 1...8, using: &random)
        rateLimit = isLimited ? GCRA(requests: 5, period: Scenario.second, burst: burst) : nil
        gap = UInt64.random(in: 30...120, using: &random) * 1_000_000
        service = UInt64.random(in: 2...40, using: &random) * 1_000_000
        faultsEnd = 6 * Scenario.second
        // The longest that a backend is kept out, and pings enough to bring it back, each at the end of a long interval: longer
        // than the usual by a tenth, for jitter.
        let check = pool.healthCheck
        let pings =
            UInt64(check.rise + 2) * max(check.interval, check.downInterval ?? check.interval).wholeNanoseconds * 6 / 5
        settled =
            faultsEnd + max(pings, pool.outlier?.maximumEjection.wholeNanoseconds ?? 0) + 3 * Scenario.second
            + (pool.slowStart?.wholeNanoseconds ?? 0)
        end = settled + 4 * Scenario.second
        let limit = faultsEnd
        faults = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let start = UInt64.random(in: 500_000_000...(limit - 1_000_000_000), using: &random)
            let stop = UInt64.random(in: start + 200_000_000...limit, using: &random)
            return Fault(
                trouble: (Trouble.allCases + [.partial]).randomElement(using: &random)!,
                backend: Int.random(in: 0..<count, using: &random),
                time: start..<stop
            )
        }
    }

    private static func pool(of count: Int, using random: inout PseudoRandom) -> PoolConfiguration {
        let backends = (0..<count).map { BackendConfiguration(url: .at("localhost", UInt16(3001 + $0))) }
        let interval = Duration.milliseconds(Int.random(in: 200...1000, using: &random))
        var check = HealthCheckConfiguration(
            interval: interval,
            timeout: .milliseconds(300),
            rise: Int.random(in: 1...3, using: &random),
            fall: Int.random(in: 1...3, using: &random)
        )
        check.passiveFall = Int.random(in: 1...3, using: &random)
        if Bool.random(using: &random) {
            check.downInterval = .milliseconds(Int.random(in: 100...1500, using: &random))
        }
        var retry = RetryConfiguration(attempts: Int.random(in: 1...4, using: &random))
        if Bool.random(using: &random) { retry.statuses = [502, 503] }
        retry.budgetPercent = [nil, 0, 20, 50].randomElement(using: &random)!
        retry.budgetMinimum = Int.random(in: 0...3, using: &random)
        var outlier: OutlierConfiguration?
        if Int.random(in: 0..<4, using: &random) > 0 {
            var configuration = OutlierConfiguration()
            configuration.consecutive5xx = [nil, 2, 3].randomElement(using: &random)!
            configuration.failurePercent = [nil, 30].randomElement(using: &random)!
            configuration.latencyFactor = [nil, 3].randomElement(using: &random)!
            configuration.window = .seconds(2)
            configuration.minimumRequests = 4
            configuration.ejectFor = .milliseconds(Int.random(in: 300...2000, using: &random))
            configuration.maximumEjection = .seconds(3)
            configuration.maximumEjectedPercent = [0, 30, 50, 100].randomElement(using: &random)!
            outlier = configuration
        }
        // Each in its turn, as the registry grows.
        let strategy = StrategyRegistry.names.randomElement(using: &random)!
        var pool = PoolConfiguration(
            name: "web",
            strategy: strategy,
            backends: backends,
            healthCheck: check,
            retry: retry
        )
        pool.outlier = outlier
        pool.timeouts = TimeoutsConfiguration(firstByte: .milliseconds(400))
        return pool
    }

    /// Shares and limits, each in some scenarios.
    private static func limit(_ pool: inout PoolConfiguration, using random: inout PseudoRandom) {
        func isSo() -> Bool { Int.random(in: 0..<4, using: &random) == 0 }
        if isSo() { for index in pool.backends.indices { pool.backends[index].weight = 1 + index % 3 } }
        if isSo() {
            let most = Int.random(in: 1...4, using: &random)
            for index in pool.backends.indices { pool.backends[index].maxConnections = most + index % 2 }
        }
        if isSo() { pool.slowStart = .seconds(4) }
        if isSo() { pool.limits.activeRequests = Int.random(in: 2...10, using: &random) }
        if isSo() { pool.whenAllDown = .tryAnyway }
        if isSo() {
            pool.retry.hedgeAfter = .milliseconds(Int.random(in: 5...60, using: &random))
            pool.retry.attempts = max(2, pool.retry.attempts)
        }
    }

    /// Requests may be refused though every backend is well.
    var mayRefuse: Bool {
        rateLimit != nil || pool.limits.activeRequests != nil || pool.backends.contains { $0.maxConnections != nil }
    }

    var description: String {
        """
        \(pool.backends.count) backends, \(pool.strategy), rise \(pool.healthCheck.rise), fall \(pool.healthCheck.fall), \
        passive_fall \(pool.healthCheck.passiveFall), attempts \(pool.retry.attempts), \
        budget \(pool.retry.budgetPercent.map { "\($0)%" } ?? "off"), \
        hedge after \(pool.retry.hedgeAfter.map { "\($0)" } ?? "never"), outlier \(pool.outlier == nil ? "off" : "on"); \
        \(faults.map(\.description).joined(separator: ", "))
        """
    }

    /// Whether `trouble` is what is wrong with a backend at `time`.
    func has(_ trouble: Trouble, _ backend: Int, at time: UInt64) -> Bool {
        guard time < faultsEnd else { return false }
        var index = 0
        while index < faults.count {
            let fault = faults[index]
            if fault.trouble == trouble, fault.backend == backend || trouble == .overload, fault.time.contains(time) {
                return true
            }
            index += 1
        }
        return false
    }

    /// Whether it takes connections at `time`.
    func isUp(_ backend: Int, at time: UInt64) -> Bool {
        guard time < faultsEnd else { return true }
        var index = 0
        while index < faults.count {
            let fault = faults[index]
            index += 1
            guard fault.backend == backend, fault.time.contains(time) else { continue }
            if fault.trouble == .crash { return false }
            if fault.trouble == .flapping, (time - fault.time.lowerBound) / 300_000_000 % 2 == 0 { return false }
        }
        return true
    }

    /// Between two requests at `time`, on average: more of them under overload, and fewer while nothing is wrong any more
    /// and all that happens is that everybody comes back.
    func gap(at time: UInt64) -> UInt64 {
        if has(.overload, 0, at: time) { return gap / 10 }
        // A slow start needs requests to grow by.
        let isQuiet = time > faultsEnd + Scenario.second && time < settled && pool.slowStart == nil
        return isQuiet ? 8 * gap : gap
    }

    /// When it next loses its connections, if it does before `end`.
    func nextDeath(of backend: Int, after time: UInt64, before end: UInt64) -> UInt64? {
        guard time < faultsEnd else { return nil }
        return laterDeath(of: backend, after: time, before: end)
    }

    private func laterDeath(of backend: Int, after time: UInt64, before end: UInt64) -> UInt64? {
        faults.compactMap { fault -> UInt64? in
            guard fault.backend == backend else { return nil }
            switch fault.trouble {
            case .crash:
                return fault.time.lowerBound > time && fault.time.lowerBound < end ? fault.time.lowerBound : nil
            case .flapping:
                var death = fault.time.lowerBound
                while death <= time { death += 600_000_000 }
                return death < end && fault.time.contains(death) ? death : nil
            default: return nil
            }
        }.min()
    }
}
