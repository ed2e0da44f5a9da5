// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What the exchanges of one worker share. It belongs to the worker's thread.
final class ProxyContext {
    let loop: EventLoop
    let log: AccessLog
    /// Where requests take part in traces.
    let tracer: Tracer?
    let limits: LimitsConfiguration
    let httpLimits: HTTPLimits
    let trusted: TrustedProxies
    let routes: RouteTable
    /// For paths that routes must look at closely.
    var pathReader = PathReader()
    /// What every request goes by, where there is one route for all.
    private(set) var only: RouteTarget?
    /// Indexed as the configuration's routes.
    private var targets: [RouteTargets] = []
    /// Indexed as the configuration's pools.
    private(set) var pools: [PoolUpstreams] = []
    /// Those of the routes that have one.
    private var mirrors: [Mirror] = []
    /// Answers every request, in place of the pools.
    let responder: (any LocalResponder)?
    /// Is asked whether a request may come that no route fits.
    let unrouted: Admission?
    /// Where exchanges wait for their passwords to be verified; `nil` where none is asked for.
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

    init(loop: EventLoop, log: AccessLog, shared: SharedState, responder: (any LocalResponder)? = nil)
        throws(SystemError)
    {
        self.loop = loop
        self.log = log
        tracer = shared.tracing.map(Tracer.init)
        limits = shared.configuration.limits
        httpLimits = HTTPLimits(limits)
        trusted = shared.configuration.trustedProxies
        routes = shared.routes
        unrouted = shared.unrouted
        self.responder = responder
        for pool in shared.pools { pools.append(try PoolUpstreams(pool, context: self)) }
        targets = shared.routeActions.enumerated().map { index, route in
            let mirror = shared.mirrors[index].map { Mirror($0, context: self) }
            if let mirror { mirrors.append(mirror) }
            let parts = RouteTarget.Parts(admission: shared.admissions[index], mirror: mirror, limits: limits)
            return RouteTargets(route, index: index, pools: pools, parts)
        }
        only = routes.everything.flatMap { targets[$0].only }
        if shared.admissions.contains(where: { $0?.authenticator != nil }) {
            desk = try AuthenticationDesk(shared.passwords, on: loop)
        }
    }

    /// What the route means for the request with this id.
    func target(ofRoute index: Int, for id: RequestID) -> RouteTarget {
        targets[index].target(for: id)
    }

    /// An exchange that nobody uses.
    func takeExchange() -> Exchange {
        freeExchanges.take() ?? Exchange(context: self)
    }

    func giveBack(_ exchange: Exchange) {
        freeExchanges.give(exchange)
    }

    /// Lets go of what a moment of many requests has needed and nobody needs any more.
    ///
    /// - Returns: How many things that were.
    func trim() -> Int {
        let copies = mirrors.reduce(0) { $0 + $1.trim() }
        return pools.reduce(freeExchanges.trim() + copies) { $0 + $1.trim() }
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
        for mirror in mirrors { mirror.close() }
        mirrors.removeAll()
        due.removeAll()
        serving.removeAll()
        freeExchanges.removeAll()
        only = nil
        targets.removeAll()
        for pool in pools { pool.close() }
        pools.removeAll()
    }
}
