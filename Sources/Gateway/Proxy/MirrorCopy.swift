// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// The copy of one request, from when it is made until its answer was read and thrown away.
///
/// It is filled while the request goes to its own backend, and sent when all of it is there, from memory of its own. From
/// then on it has nothing to do with the exchange. It is sent once: what fails is logged, and not tried again.
final class MirrorCopy {
    private unowned let mirror: Mirror
    /// Its place among those of ``mirror`` that are under way.
    var index = 0

    // The request
    /// What the backend is sent of the head; see ``RequestRewriter``.
    let text = ByteBuffer(capacity: 1024)
    var layout = RequestRewriter.Layout()
    /// The body as it is sent: a chunked one with its framing.
    let body = ByteBuffer(capacity: 0)
    private var framing = BodyFraming.none
    private var isHead = false
    /// Method and target as the client sent them, for the log.
    private let words = ByteBuffer(capacity: 128)
    private var methodLength = 0

    // The attempt
    private(set) var backend: Backend?
    private var upstream: Upstream?
    private var transfer: Transfer?
    private var timer = TimerID.none
    private var deadlines: ExchangeDeadlines
    private var began = MonotonicTime(nanoseconds: 0)
    var facts = AttemptFacts()

    // The response
    let response = ResponseHead()
    var parser: ResponseHeadParser
    var chunks: ChunkedDecoder
    var firstByte: UInt64 = 0
    /// The rest of the answer is not waited for.
    var isCutShort = false
    var summary: ExchangeSummary

    init(of mirror: Mirror) {
        self.mirror = mirror
        let limits = HTTPLimits(ofResponses: mirror.limits.configuration)
        parser = ResponseHeadParser(limits: limits)
        chunks = ChunkedDecoder(limits: limits)
        deadlines = ExchangeDeadlines(mirror.timeLimits, startedAt: began)
        summary = ExchangeSummary(requestID: RequestID(high: 0, low: 0), client: AddressText())
    }

    var health: PoolHealth { mirror.pool.shared.health }

    // MARK: Filling

    /// Makes ready to be filled with a request that goes to `backend`.
    func begin(to backend: Backend, _ summary: consuming ExchangeSummary) {
        self.backend = backend
        self.summary = summary
        timer = mirror.context.loop.makeTimer(self)
        facts = AttemptFacts()
        firstByte = 0
        isCutShort = false
    }

    /// Takes what is known of the request before its body; the head goes into ``text``.
    func take(_ head: RequestHead, _ input: ByteBuffer) {
        isHead = head.isHead
        framing = head.framing
        methodLength = head.methodLength
        input.withBytes(head.methodStart..<head.methodStart + head.methodLength) { words.append($0) }
        input.withBytes(head.targetStart..<head.targetStart + head.targetLength) { words.append($0) }
    }

    /// The two backends may differ in whether they are sent chunks. `isFramed`: the body is there in chunks.
    func fitBody(isFramed: Bool) {
        guard isFramed == layout.isBodyOpen else { return }
        let bytes = body.withBytes(body.start..<body.end) { bytes in bytes.indices.map { bytes[$0] } }
        body.removeAll()
        guard isFramed else {
            if !bytes.isEmpty {
                body.append(hex: bytes.count)
                body.append("\r\n")
                body.append(bytes)
                body.append("\r\n")
            }
            return body.append("0\r\n\r\n")
        }
        var decoder = ChunkedDecoder()
        var rest = 0
        while case .data(let skip, let length) = decoder.next(bytes.span.extracting(rest..<bytes.count)) {
            body.append(bytes.span.extracting(rest + skip..<rest + skip + length))
            rest += skip + length
        }
    }

    /// The request is complete. It is sent in a moment, when its own backend has it: this may be called from inside libcurl.
    func sendSoon() {
        mirror.context.loop.set(timer, to: mirror.context.loop.now)
    }

    /// The request has not become complete, or the body has become too large: nothing is sent.
    func drop() {
        guard let backend else { return }
        reset()
        mirror.ended(self, at: backend)
    }

    // MARK: Sending

    private func send(to backend: Backend) {
        let context = mirror.context
        began = .now()
        deadlines = ExchangeDeadlines(mirror.timeLimits, startedAt: context.loop.now)
        parser.reset(forHead: isHead, takesHTTP2: backend.speaksHTTP2)
        let upstream = mirror.pool.upstream(for: backend)
        self.upstream = upstream
        do {
            let transfer = try upstream.take()
            self.transfer = transfer
            transfer.delegate = self
            let request = unsafe RequestText(
                method: layout.method.map { unsafe UnsafePointer(text.cString(at: $0)) },
                isHead: isHead,
                head: text.cString(at: layout.head),
                hasHost: layout.hasHost
            )
            try transfer.prepare(request, body: requestBody)
            wait(for: .connect)
            try upstream.start(transfer)
        } catch {
            end(ProxyError(.internalError, reason: "the transfer could not be set up: \(error)"))
        }
    }

    /// The body stays where it is until the copy is over.
    private var requestBody: RequestBody {
        switch framing {
        case .none, .untilClose: .none
        // GET and its like say nothing of a body that they do not have.
        case .length: unsafe body.isEmpty && layout.method == nil ? .none : .whole(body.pending)
        case .chunked: unsafe layout.isBodyOpen ? .whole(body.pending) : .framed
        }
    }

    func wait(for waiting: ExchangeDeadlines.Waiting) {
        let loop = mirror.context.loop
        if deadlines.isWaiting(for: waiting, since: loop.now) { return }
        deadlines.wait(for: waiting, from: loop.now)
        loop.set(timer, to: deadlines.deadline)
    }

    // MARK: Ending

    /// The gateway stops.
    func stop() {
        guard transfer != nil else { return drop() }
        end(nil, because: "the gateway has stopped")
    }

    /// The copy is over, well or with `error`. Not to be called from inside libcurl.
    ///
    /// - Parameters:
    ///   - error: Why there is no answer.
    ///   - other: The same, where it is nobody's failure.
    func end(_ error: ProxyError?, because other: String? = nil) {
        guard let backend, let upstream else { return }
        if let transfer {
            let isComplete = !transfer.isActive
            if !isComplete { upstream.cancel(transfer) }
            if facts.sends > 0 { summary.upstream = timings(of: transfer, isComplete) }
            upstream.give(transfer)
        }
        transfer = nil
        self.upstream = nil
        count(error, upstream)
        tellPool(of: backend, error)
        summary.attempts = 1
        summary.durationNanoseconds = MonotonicTime.now().nanoseconds(since: began)
        words.withBytes(0..<methodLength) { method in
            words.withBytes(methodLength..<words.count) { target in
                mirror.context.log.mirror(method: method, target: target, summary, error: error?.reason ?? other)
            }
        }
        reset()
        mirror.ended(self, at: backend)
    }

    private func count(_ error: ProxyError?, _ upstream: Upstream) {
        var outcome = AttemptOutcome()
        outcome.note(error, status: facts.hasHead ? response.status : 0)
        outcome.bytesSent = summary.bytesIn
        outcome.bytesReceived = summary.bytesOut
        if let timings = summary.upstream { outcome.note(timings) }
        upstream.counters.count(outcome)
        mirror.pool.counters.increment(PoolLayout.mirrored)
    }

    private func timings(of transfer: Transfer, _ isComplete: Bool) -> UpstreamTimings {
        if isComplete { return UpstreamTimings(transfer.timings, firstByteNanoseconds: firstByte) }
        return UpstreamTimings(reused: false, firstByte: firstByte / 1000, total: 0)
    }

    /// The backend's health and speed are judged by copies as by any other request.
    private func tellPool(of backend: Backend, _ error: ProxyError?) {
        let shared = mirror.pool.shared
        if shared.balancer.usesLatency {
            shared.tellLatency(of: backend, facts.hasHead ? firstByte : nil, error, since: began)
        }
        if let error { mirror.context.report(error, of: backend, in: shared) }
    }

    /// Lets go of all but the memory that the next copy needs too.
    private func reset() {
        mirror.context.loop.release(timer)
        timer = .none
        backend = nil
        for buffer in [text, words, body] { buffer.removeAll() }
        text.trim(to: 8 * 1024, keeping: 1024)
        words.trim(to: 1024, keeping: 128)
        body.trim(to: 4 * 1024, keeping: 0)
        response.lines.trim()
    }

    /// The final head of the answer is there.
    func noteAnswer() {
        guard let backend else { return }
        facts.hasHead = true
        summary.status = response.status
        mirror.pool.shared.gate?.answered(after: firstByte)
        guard health.watchesAnswers else { return }
        mirror.context.noteAnswer(response.status, of: backend, in: mirror.pool.shared, after: firstByte)
    }

    var age: UInt64 { MonotonicTime.now().nanoseconds(since: began) }
}

extension MirrorCopy: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        if transfer != nil {
            end(deadlines.expired(at: now))
        } else if let backend {
            send(to: backend)
        }
    }
}
