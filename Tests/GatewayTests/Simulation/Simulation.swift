// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

@testable import Gateway

/// Runs the policies of one pool against modelled backends in virtual time, and checks after each step what must always
/// hold.
///
/// What a worker and the control loop do around the policies is done here by hand, in the same order: pick, count, judge,
/// tell health, plan a retry. Everything that is decided is decided by the gateway's own code.
final class Simulation {
    enum Event {
        case arrival
        case outcome(request: Int, attempt: Int, Outcome)
        case retry(request: Int)
        case hedge(request: Int, attempt: Int)
        case ping(backend: Int)
        case pong(backend: Int, startedAt: UInt64, isGood: Bool)
        case tick
    }

    enum Outcome {
        case answered(Int)
        case failed(ProxyError.Kind)
    }

    struct Request {
        var machine = ExchangeStateMachine()
        var tried = BackendSet()
        var backend: Backend?
        var began: UInt64 = 0
        var plan: RetryPlan?
        var isCounted = false
        /// Which attempt it waits for.
        var number = 0
        /// Another attempt beside that.
        var hedge: Attempt?
        var hedgePause: UInt64 = 0
        /// What it waits for began as a hedge.
        var isHedged = false
        var ends = 0
        var status = 0
        /// Counts among those that the pool may have.
        var isInside = false
    }

    let scenario: Scenario
    let shared: SharedPool
    let policy: RetryPolicy
    var random: PseudoRandom
    var events = EventQueue()
    var now: UInt64 = 0
    var requests: [Request] = []
    var schedules: [PingSchedule]
    var pinging: [Bool]
    /// What did not hold.
    var complaints: [String] = []
    /// First attempts at each backend since all was well again.
    var load: [Int]
    var countedRetries = 0
    /// How many there were.
    var hedges = 0
    var inside = 0
    var health: [HealthWitness]
    var starts: [SlowStartWitness]
    /// When each client was let in.
    var admissions: [[UInt64]] = [[], [], []]
    let limiter: RateTable?
    /// How many requests each backend may have.
    let limits: [Int]
    /// Who was available, and who was ejected, at the last look.
    var availability: UInt64
    var ejected: [Bool]
    private var nextTick: UInt64 = 0

    init(_ scenario: Scenario) {
        self.scenario = scenario
        let strategy = SharedStrategies.strategy(for: scenario)
        shared = SharedPool(LoadBalancer(pool: BackendPool(scenario.pool), strategy: strategy), scenario.pool)
        policy = RetryPolicy(scenario.pool.retry)
        random = PseudoRandom(seed: scenario.seed &+ 1)
        let count = scenario.pool.backends.count
        limits = scenario.pool.backends.map { $0.maxConnections ?? .max }
        schedules = (0..<count).map { _ in PingSchedule(scenario.pool.healthCheck, startingAt: 0) }
        pinging = Array(repeating: false, count: count)
        load = Array(repeating: 0, count: count)
        health = Array(repeating: HealthWitness(scenario.pool.healthCheck), count: count)
        let slowStart = SlowStartWitness(duration: scenario.pool.slowStart?.wholeNanoseconds ?? 0)
        starts = Array(repeating: slowStart, count: count)
        limiter = scenario.rateLimit.map { RateTable($0, capacity: 64) }
        availability = shared.pool.word(at: 0)
        ejected = Array(repeating: false, count: count)
    }

    /// One of the times from 1 to `limit`.
    func draw(upTo limit: UInt64) -> UInt64 { 1 + random.next() % limit }

    /// Everything that did not hold.
    func run() -> [String] {
        events.add(.arrival, at: 1)
        events.add(.tick, at: 1)
        for backend in shared.pool.backends { events.add(.ping(backend: backend.index), at: 0) }
        while complaints.count < 5, let (time, event) = events.next() {
            now = time
            let change = perform(event)
            if case .pool = change { checkPool() }
            if case .backend(let index) = change { checkHealth(of: index, pool: shared.pool.word(at: 0)) }
        }
        checkEnd()
        return complaints
    }

    func complain(_ text: String) {
        complaints.append("at \(now / 1_000_000) ms: \(text)")
    }

    /// What an event may have changed, and so must be looked at.
    private enum Change {
        case nothing
        case backend(Int)
        case pool
    }

    private func perform(_ event: Event) -> Change {
        switch event {
        case .arrival: arrive()
        case .outcome(let request, let attempt, let outcome):
            attemptEnded(request, attempt, outcome)
            if case .answered(200) = outcome { break }
            return .pool
        case .retry(let request): followPlan(request)
        case .hedge(let request, let attempt): startHedge(request, beside: attempt)
        case .ping(let backend): ping(backend)
        case .pong(let backend, let startedAt, let isGood):
            pong(backend, startedAt, isGood)
            return shared.pool.word(at: 0) != availability ? .pool : .backend(backend)
        case .tick:
            let before = ejected
            guard now < scenario.end, let next = shared.health.tick(at: now) else { break }
            for index in before.indices where before[index] && !shared.health.isEjected(shared.pool.backends[index]) {
                health[index].answered()
            }
            events.add(.tick, at: min(now + 200_000_000, max(next, now + 1_000_000)))
            // It would be called at another time next, had it done anything.
            if next == nextTick { break }
            nextTick = next
            return .pool
        }
        return shared.pool.word(at: 0) != availability ? .pool : .nothing
    }

    // MARK: Pings

    private func ping(_ index: Int) {
        guard now < scenario.end else { return }
        let isDown = shared.health.status(of: shared.pool.backends[index]) == .unhealthy
        let due = schedules[index].due(isDown: isDown)
        if due <= now {
            schedules[index].pinged(at: now, isDown: isDown, using: &random)
            if !pinging[index] { sendPing(index) }
        }
        let check = scenario.pool.healthCheck
        let look = min(check.interval, check.downInterval ?? check.interval).wholeNanoseconds
        events.add(.ping(backend: index), at: min(now + look, max(now + 1, schedules[index].due(isDown: isDown))))
    }

    private func sendPing(_ index: Int) {
        pinging[index] = true
        let limit = scenario.pool.healthCheck.timeout.wholeNanoseconds
        let time = latency(of: index)
        let dies = scenario.nextDeath(of: index, after: now, before: now + time) != nil
        let isGood = scenario.isUp(index, at: now) && time <= limit && !dies
        let end = scenario.isUp(index, at: now) ? min(time, limit) : 1_000_000
        events.add(.pong(backend: index, startedAt: now, isGood: isGood), at: now + end)
    }

    private func pong(_ index: Int, _ startedAt: UInt64, _ isGood: Bool) {
        pinging[index] = false
        let backend = shared.pool.backends[index]
        _ =
            isGood
            ? shared.health.pingSucceeded(backend, startedAt: startedAt, at: now, .status(200))
            : shared.health.pingFailed(backend, startedAt: startedAt, at: now, .error("no answer"))
        health[index].ponged(isGood, startedAt: startedAt)
    }

    /// How long an answer takes: longer the more there are at once.
    func latency(of index: Int) -> UInt64 {
        let busy = UInt64(shared.pool.backends[index].inFlight)
        let base = (scenario.service / 2 + draw(upTo: scenario.service / 2)) * (1 + busy / 4)
        return scenario.has(.slow, index, at: now) ? base * 50 : base
    }
}

/// Strategies that remember nothing of one request for the next, and take long to make.
private enum SharedStrategies {
    private static let made = Monitor<[[Int]: any BalancingStrategy]>([:])

    static func strategy(for scenario: Scenario) -> any BalancingStrategy {
        let make = { StrategyRegistry.makeStrategy(for: scenario.pool, seed: scenario.seed)! }
        guard let kind = ["ip_hash", "consistent_hash"].firstIndex(of: scenario.pool.strategy) else { return make() }
        let key = [kind] + scenario.pool.backends.map(\.weight)
        return made.change { made in
            let strategy = made[key] ?? make()
            made[key] = strategy
            return strategy
        }
    }
}
