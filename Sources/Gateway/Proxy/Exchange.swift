// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// One request on its way: from a client to a backend, or to several in turn, and the response on its way back.
///
/// It is the shell around the pure parts: ``ExchangeStateMachine`` says what a failure means for the client,
/// ``RetryPolicy`` whether there may be another attempt, ``ExchangeDeadlines`` until when to wait. Objects are used again,
/// with all the memory that they have grown. The one pointer held here is to a body in the connection's input, which stays
/// where it is until the exchange is over.
@safe
final class Exchange {
    let context: ProxyContext
    let log: AccessLog
    /// What it was made for.
    let limits: RequestLimits
    /// The client's side; set while the exchange is in use.
    private(set) var downstream: (any Downstream)?

    // The request
    let request = RequestHead()
    var parser: RequestParser
    var body: BodyPipe
    /// What a backend is sent of the head; see ``RequestRewriter``.
    let text = ByteBuffer(capacity: 2048)
    var layout = RequestRewriter.Layout()
    /// A body that had arrived with the head.
    var wholeBody: UnsafeRawBufferPointer?
    /// A body that is waited for before any backend is asked.
    var collecting = BodyCollection.none

    // The response
    let response = ResponseHead()
    var responseParser: ResponseHeadParser
    var responseChunks: ChunkedDecoder
    var framing = ResponseRewriter.Framing.asGiven
    var keepAlive = true
    var hasSaidContinue = false
    var bodyFate = BodyFate.forwarded
    var heldBack: ByteBuffer?
    var tunnel = TunnelState.none
    /// The last chunk was sent to the client.
    var haveChunksEnded = false

    // Admission
    /// Whom a trusted proxy speaks for.
    var namedClient: IPAddress?
    /// Has been asked, and is to be told when the exchange is over.
    var admission: Admission?
    var admitted = Admission.Taken()
    /// Waits for a password to be verified.
    var ticket: UInt64?

    // The attempt
    var machine = ExchangeStateMachine()
    var deadlines: ExchangeDeadlines
    /// What the request's route means for it.
    var target: RouteTarget?
    var pool: PoolUpstreams? { target?.pool }
    var upstream: Upstream?
    var transfer: Transfer?
    var tried = BackendSet()
    /// The backend that the client's cookie names, by its index. Means something only where the pool is sticky.
    var seat: Int?
    /// Waits for a backend with room.
    var place: QueuePlace?
    /// Since when it waits for somebody to come back, in nanoseconds.
    var healthWait: UInt64?
    var facts = AttemptFacts()
    var attemptBegan = MonotonicTime(nanoseconds: 0)
    /// The same, but anew where libcurl sends the request again by itself.
    var sendBegan = MonotonicTime(nanoseconds: 0)
    var firstByte: UInt64 = 0

    // Further attempts
    var duties: ExchangeDuties = []
    /// The request may be sent again though a backend may have acted upon it.
    var isRepeatable = true
    /// Where it goes next.
    var plan: RetryPlan?
    /// It may go somewhere next.
    var prospect: RetryProspect?
    /// A second attempt beside this one.
    var hedge: HedgedAttempt?
    /// The attempt counts against the retry budget.
    var isCountedRetry = false
    /// The request counts among those that the pool may have at once.
    var gate: PoolGate?
    /// The request's copy, as long as the body is not complete.
    var copy: MirrorCopy?

    /// What libcurl says of the attempt that has failed last.
    var failureWords: String?
    /// Used again for each request, where requests are traced.
    lazy var spareDetails = ExchangeDetails()

    // The record
    var summary: ExchangeSummary
    var isLogged = false
    var isFailureLogged = false
    /// What has become of the request other than its client wished.
    var failure: FailureReason?

    /// How far the request has come where a ``LocalResponder`` answers it; nothing else is used of the attempt then.
    var local = LocalProgress()

    init(context: ProxyContext) {
        self.context = context
        log = context.log
        let limits = context.limits
        self.limits = limits
        parser = RequestParser(limits: limits.http)
        let ofResponses = HTTPLimits(ofResponses: limits.configuration)
        responseParser = ResponseHeadParser(limits: ofResponses)
        responseChunks = ChunkedDecoder(limits: ofResponses)
        body = BodyPipe(limits: limits.http, maximum: limits.configuration.bodyBytes)
        summary = ExchangeSummary(requestID: RequestID(high: 0, low: 0), client: AddressText())
        let noTimeouts = ExchangeDeadlines.Limits(TimeoutsConfiguration(), limits.configuration)
        deadlines = ExchangeDeadlines(noTimeouts, startedAt: MonotonicTime(nanoseconds: 0))
    }

    /// Makes ready for the request that `downstream` is about to receive.
    func begin(for downstream: any Downstream) {
        self.downstream = downstream
        parser.reset()
        request.reset()
        machine.reset()
        unsafe wholeBody = nil
        keepAlive = true
        tried.removeAll()
        isLogged = false
        isFailureLogged = false
        failure = nil
        hasSaidContinue = false
        bodyFate = .forwarded
        collecting = .none
        tunnel = .none
        haveChunksEnded = false
        healthWait = nil
        namedClient = nil
        local = LocalProgress()
        body.begin(.none, keeping: 0)
        summary = ExchangeSummary(requestID: context.requestIDs.next(), client: downstream.client)
    }

    /// Lets go of the client; nothing of this exchange is called any more.
    func detach() {
        leaveAdmission()
        leaveQueue()
        downstream = nil
        if duties.contains(.cleaningUp) {
            dropCopy()
            if let gate { leave(gate) }
        }
        // Of a configuration that may have been changed meanwhile.
        target = nil
        // It waits for another request, perhaps for long and with many others.
        body.release()
        collecting = .none
        heldBack = nil
        response.lines.trim()
        text.trim(to: 8 * 1024, keeping: 1024)
    }

    /// The request head is complete: forward it, or answer it.
    func start() {
        guard let downstream else { return }
        if let tracer = context.tracer { beginTrace(tracer) }
        let isTrusted = downstream.isTrustedProxy
        if isTrusted {
            request.isOfTrustedProxy = true
            nameClient(behind: downstream)
        }
        if request.maxForwards == 0 { return answerForTheGateway() }
        if request.isConnect { return answer(ProxyError(.methodNotAllowed)) }
        if context.responder != nil {
            if let error = request.refusal(bodyBeyond: limits.configuration.bodyBytes.map(UInt64.init)) {
                return answer(error)
            }
            return startLocally()
        }
        guard let target = findTarget(downstream) else { return }
        self.target = target
        summary.route = target.name
        summary.access = target.access
        if let error = request.refusal(bodyBeyond: target.bodyMaximum) { return answer(error) }
        keepAlive = request.keepAlive
        deadlines = ExchangeDeadlines(target.timeLimits, startedAt: context.loop.now)
        // Only a request that may be repeated is worth keeping the body of: any other is sent again only if none of its
        // body was taken.
        isRepeatable = request.isIdempotent || mayBeRepeated(target.retry)
        takeBody(downstream, keeping: isRepeatable ? target.bodyBuffer : 0, atMost: target.bodyMaximum)
        if let admission = target.admission, !isAdmitted(by: admission) { return }
        goOn()
    }

    /// Sends the request, which may come, on its way, or answers it as its route says.
    func goOn() {
        guard let downstream, let target else { return }
        if let fixed = target.answer { return answer(fixed, downstream) }
        guard let pool = target.pool else { return }
        duties = target.duties
        summary.pool = pool.name
        if duties.contains(.collecting), mustCollect() { return collectBody() }
        if request.wantsUpgrade, asksForUpgrade(downstream) { tunnel = .asked }
        if duties.contains(.gate), let error = enterPool() { return answer(error) }
        if let sticky = pool.shared.sticky { seat = findSeat(sticky, in: pool.shared.pool) }
        if pool.room?.isInUse == true { return waitForPlace() }
        switch choose() {
        case .backend(let backend): firstAttempt(backend)
        case .allFull: waitForPlace()
        case .noneAvailable: noneAvailable()
        }
    }

    /// Sends the request to `backend`, where it is counted as in flight, for the first time.
    func firstAttempt(_ backend: Backend) {
        layout = writeHead(for: backend, to: text)
        if duties.contains(.mirroring) { beginCopy() }
        attempt(backend)
    }

    /// Writes what `backend` is sent of the head.
    func writeHead(for backend: Backend, to text: ByteBuffer, ofCopy: Bool = false) -> RequestRewriter.Layout {
        guard let downstream, let target else { return RequestRewriter.Layout() }
        let isTrusted = downstream.isTrustedProxy
        var rewriter = RequestRewriter(head: request, input: downstream.input, text: text)
        rewriter.edits = target.edits
        rewriter.backendHost = backend.hostField
        rewriter.ownCookie = pool?.shared.sticky?.name
        if unsafe wholeBody != nil || backend.hasOwnHead { fit(&rewriter, to: backend, ofCopy: ofCopy) }
        rewriter.isUpgrade = tunnel == .asked
        rewriter.isCopy = ofCopy
        if let tracer = context.tracer, let details = summary.details {
            // A copy has no span of its own.
            if !ofCopy { details.writtenSpan = tracer.newSpan() }
            rewriter.traced = details
        }
        let sender = RequestRewriter.Sender(
            requestID: summary.requestID,
            connection: downstream.client,
            client: summary.client,
            isTrusted: isTrusted
        )
        return rewriter.write(sender)
    }

    /// The request goes to another backend than the head was written for. libcurl has copied what the first was sent.
    func adaptHead(to backend: Backend) {
        if layout.isForOneBackend || backend.hasOwnHead { layout = writeHead(for: backend, to: text) }
    }

    // MARK: Attempts

    /// The next backend, which then counts as tried; `nil` where there is none with room.
    func pick() -> Backend? { choose().backend }

    /// The next backend, which then counts as tried.
    ///
    /// The request is counted as in flight there: whoever does not go on to ``attempt(_:)`` says ``requestEnded(at:)``.
    func choose() -> LoadBalancer.Choice {
        if let pool, pool.isRetired { goOn(in: context.present(pool)) }
        guard let shared = pool?.shared else { return .noneAvailable }
        var key = key(for: shared)
        if shared.sticky != nil { key.preferred = seat }
        let choice = shared.pick(for: key, tried: tried)
        if case .backend(let backend) = choice { tried.insert(backend.index) }
        return choice
    }

    /// What the strategy of a pool may go by.
    func key(for shared: SharedPool) -> RequestKey {
        var key = RequestKey(time: context.loop.now.nanoseconds)
        if let source = shared.keySource, let downstream {
            key.hash = downstream.input.withBytes(0..<request.length) { bytes in
                source.hash(of: request, in: bytes, client: summary.client)
            }
        }
        return key
    }

    /// Sends the request to `backend`, where it is counted as in flight.
    func attempt(_ backend: Backend) {
        machine.attemptStarted()
        send(to: backend)
    }

    func send(to backend: Backend, overNewConnection isNew: Bool = false) {
        guard let pool else { return }
        let upstream = pool.upstream(for: backend)
        self.upstream = upstream
        facts = AttemptFacts()
        firstByte = 0
        attemptBegan = .now()
        sendBegan = attemptBegan
        if failureWords != nil { failureWords = nil }
        if let details = summary.details { details.attemptSpan = details.writtenSpan }
        summary.backend = upstream.name
        summary.attempts = machine.sends
        summary.upstream = nil
        if !isLogged { logRequest() }
        responseParser.reset(forHead: request.isHead, takesHTTP2: backend.speaksHTTP2)
        body.rewind()
        heldBack = nil
        do {
            let transfer = try upstream.take()
            self.transfer = transfer
            transfer.delegate = self
            try prepare(transfer)
            if isNew { transfer.useNewConnection() }
            if duties.contains(.timing) { timeAttempt() }
            wait(for: .connect)
            try upstream.start(transfer)
        } catch {
            // Out of memory or descriptors: not the backend's fault, and no other backend would help.
            facts.ownReason = ProxyError(.internalError, reason: "the transfer could not be set up: \(error)")
            attemptEnded(facts.ownReason)
        }
    }

    func prepare(_ transfer: Transfer) throws {
        let request = unsafe RequestText(
            method: layout.method.map { unsafe UnsafePointer(text.cString(at: $0)) },
            isHead: self.request.isHead,
            head: text.cString(at: layout.head),
            hasHost: layout.hasHost
        )
        try transfer.prepare(request, body: requestBody)
    }

    private var requestBody: RequestBody {
        if tunnel == .asked { return .tunnel }
        if let wholeBody = unsafe wholeBody {
            // GET and its like say nothing of a body that they do not have.
            return unsafe wholeBody.isEmpty && layout.method == nil ? .none : .whole(wholeBody)
        }
        return switch request.framing {
        case .none, .untilClose: .none
        case .length(let length): .streamed(length: length)
        case .chunked: layout.isBodyOpen ? .open : .framed
        }
    }

    // MARK: Time

    /// The exchange now waits for `waiting`.
    func wait(for waiting: ExchangeDeadlines.Waiting) {
        let waiting = tunnel.waiting ?? waiting
        let now = context.loop.now
        // Head and body mostly come in the same turn of the loop.
        if deadlines.isWaiting(for: waiting, since: now) { return }
        deadlines.wait(for: waiting, from: now)
        downstream?.setDeadline(deadlines.deadline)
    }

    /// The time set with ``Downstream/setDeadline(_:)`` has come.
    func deadlinePassed(at now: MonotonicTime) {
        if context.responder != nil { return localDeadlinePassed(at: now) }
        if ticket != nil { return failVerification(tooLateToVerify) }
        if place != nil { return fail(deadlines.expired(at: now)) }
        if tunnel == .clientLeft { return leaveBackend() }
        if deadlines.waiting == .retry, !deadlines.isTotalOver(at: now) { return followPlan() }
        if deadlines.waiting == .health, !deadlines.isTotalOver(at: now) { return lookAgain() }
        if deadlines.hedgeAt <= now { return startHedge() }
        if deadlines.isTotalOver(at: now), facts.hasHead, response.isEventStream {
            // Events come for as long as someone listens; nobody waits for their end.
            deadlines.liftTotal()
            if deadlines.deadline > now {
                downstream?.setDeadline(deadlines.deadline)
                return
            }
        }
        // An answer that came early leaves only the rest of the request to be waited for.
        let waitsForClient = facts.hasHead && !facts.isTunnel && transfer?.isSendingPaused == true
        fail(waitsForClient ? ProxyError(.bodyTooSlow) : deadlines.expired(at: now))
    }
}
