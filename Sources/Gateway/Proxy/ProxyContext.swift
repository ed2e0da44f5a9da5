// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What the exchanges of one worker share, whatever the configuration is; what that says is in ``generation``. It belongs
/// to the worker's thread.
final class ProxyContext {
    let loop: EventLoop
    let log: AccessLog
    /// Where requests take part in traces.
    let tracer: Tracer?
    let shared: SharedState
    /// By which the worker's counters are known.
    let number: Int
    /// What is counted of requests that go to no pool.
    let unpooled: Counters
    /// What is counted of connections, by ``WorkerLayout``.
    let counters: Counters
    /// `nil` where nobody can ask for it.
    let failures: RecentFailures.Part?
    /// The present configuration: what new requests go by.
    private(set) var generation: Generation
    // Of the present configuration, here too since every request asks for them.
    /// What every request goes by, where there is one route for all.
    private(set) var only: RouteTarget?
    private(set) var limits: RequestLimits
    /// Connections that no configuration has any more and that are not closed yet.
    var retired: [Upstream] = []
    /// Mirrors that no configuration has any more, as long as they have copies under way.
    var retiredMirrors: [Mirror] = []
    /// For paths that routes must look at closely.
    var pathReader = PathReader()
    /// Answers every request, in place of the pools.
    let responder: (any LocalResponder)?
    /// Where exchanges wait for their passwords to be verified; `nil` where none was ever asked for.
    private(set) var desk: AuthenticationDesk?
    var requestIDs = RequestIDGenerator()
    var wallClock = WallClock()
    var random = PseudoRandom()

    /// Multi handles whose time has come; see ``runLibcurl()``.
    private var due: [Upstream] = []
    /// Those that are looked at in this round. The two change places, so that neither is copied.
    private var batch: [Upstream] = []
    /// Uploads that libcurl is to ask about, once it has returned.
    private var resuming: [Exchange] = []
    /// Where somebody waits for a place that may be free.
    private var serving: [WaitingRoom] = []
    private var freeExchanges = FreeList<Exchange>(keeping: 1024)

    init(loop: EventLoop, log: AccessLog, snapshot: Snapshot, responder: (any LocalResponder)? = nil)
        throws(SystemError)
    {
        self.loop = loop
        self.log = log
        shared = snapshot.shared
        tracer = snapshot.shared.tracing.map(Tracer.init)
        let metrics = snapshot.shared.metrics
        number = metrics.nextWorker()
        unpooled = metrics.unpooled.counters.part(ofWorker: number)
        counters = metrics.workers.part(ofWorker: number)
        failures = metrics.failures?.makePart()
        self.responder = responder
        limits = RequestLimits(snapshot.configuration.limits)
        generation = Generation(snapshot, limits)
        try generation.prepare(after: nil, context: self)
        try openDesk()
        only = generation.only
    }

    /// New requests go by `snapshot` from now on. Those that are under way are not disturbed.
    ///
    /// - Throws: The system is out of descriptors; then nothing has changed.
    func adopt(_ snapshot: Snapshot) throws(SystemError) {
        let isSame = snapshot.configuration.limits == limits.configuration
        let next = Generation(snapshot, isSame ? limits : RequestLimits(snapshot.configuration.limits))
        try next.prepare(after: generation, context: self)
        let previous = generation
        generation = next
        only = next.only
        if !isSame {
            limits = next.limits
            freeExchanges.removeAll()
        }
        next.takeOver(from: previous)
        try openDesk()
    }

    private func openDesk() throws(SystemError) {
        if desk == nil, generation.asksForPasswords { desk = try AuthenticationDesk(shared.passwords, on: loop) }
    }

    /// The pool that has the name of `pool` in the present configuration; `nil` if none has.
    func present(_ pool: PoolUpstreams) -> PoolUpstreams? {
        generation.pool(named: pool.shared.pool.name)
    }

    /// An exchange that nobody uses.
    func takeExchange() -> Exchange {
        freeExchanges.take() ?? Exchange(context: self)
    }

    func giveBack(_ exchange: Exchange) {
        if exchange.limits === limits { freeExchanges.give(exchange) }
    }

    /// Lets go of what a moment of many requests has needed and nobody needs any more.
    ///
    /// - Returns: How many things that were.
    func trim() -> Int {
        let copies = generation.mirrors.reduce(0) { $0 + $1.trim() }
        return generation.pools.reduce(freeExchanges.trim() + copies) { $0 + $1.trim() }
    }

    /// Has `upstream` look at its transfers before the loop sleeps.
    func markDue(_ upstream: Upstream) {
        if !upstream.isDue {
            upstream.isDue = true
            due.append(upstream)
        }
    }

    /// Has libcurl ask for more of the exchange's request body before the loop sleeps. May be called from inside libcurl.
    func resumeSendingSoon(_ exchange: Exchange) {
        resuming.append(exchange)
    }

    /// Has those served who wait in `room`, before the loop sleeps. May be called from inside libcurl.
    func serveSoon(_ room: WaitingRoom) {
        if !room.isDue {
            room.isDue = true
            serving.append(room)
        }
    }

    /// Runs what is due until nothing is: a transfer that ends may start another, of its own or another backend. Bounded,
    /// so that clients and timers have their turn too; what is left is done in the next turn, which then comes at once.
    ///
    /// - Returns: Whether nothing is left.
    func runLibcurl() -> Bool {
        var rounds = 0
        while hasWork && rounds < 16 {
            while let room = serving.popLast() { room.serve() }
            while let exchange = resuming.popLast() { exchange.continueSending() }
            swap(&due, &batch)
            for index in batch.indices { batch[index].runDue() }
            batch.removeAll(keepingCapacity: true)
            rounds += 1
        }
        return !hasWork
    }

    /// Something is due.
    var hasWork: Bool { !(due.isEmpty && resuming.isEmpty && serving.isEmpty) }

    /// Ends everything: closes every upstream connection.
    func close() {
        desk?.close()
        desk = nil
        for mirror in retiredMirrors { mirror.close() }
        due.removeAll()
        serving.removeAll()
        freeExchanges.removeAll()
        only = nil
        generation.close()
        for upstream in retired { upstream.close() }
    }
}
