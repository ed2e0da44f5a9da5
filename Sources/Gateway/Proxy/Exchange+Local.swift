// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Requests that the worker's ``LocalResponder`` answers: their body is read and dropped, then the answer is sent when its
/// time has come, as fast as the client takes it.
extension Exchange {
    /// The request head is complete.
    func startLocally() {
        guard let downstream else { return }
        keepAlive = request.keepAlive
        facts = AttemptFacts()
        let limits = ExchangeDeadlines.Limits(TimeoutsConfiguration(total: nil), self.limits.configuration)
        deadlines = ExchangeDeadlines(limits, startedAt: context.loop.now)
        downstream.input.start = request.length
        body.begin(request.framing, keeping: 0)
        if body.isComplete { downstream.requestBodyEnded() }
        local.phase = .receiving
        if !body.isComplete, let refusal = context.responder?.refusal(of: localRequest(of: downstream)) {
            // What is left unread is nobody's next request.
            keepAlive = false
            return perform(refusal.action)
        }
        receiveLocally()
    }

    private func localRequest(of downstream: any Downstream) -> LocalRequest {
        LocalRequest(
            request,
            of: downstream.client.string,
            in: downstream.input,
            bodyBytes: body.received,
            body: local.body
        )
    }

    // MARK: The request body

    /// Reads what there is of the request body.
    func receiveLocally() {
        guard case .receiving = local.phase, let downstream else { return }
        if body.isComplete { return answerLocally() }
        let outcome = unsafe withUnsafeTemporaryAllocation(
            byteCount: LocalProgress.bytesAtOnce,
            alignment: 1
        ) { buffer in
            var outcome = BodyPipe.Outcome.empty
            var moved = 0
            while moved < LocalProgress.bytesPerTurn {
                outcome = unsafe body.fill(buffer, from: downstream)
                guard case .bytes(let count) = outcome else { break }
                let room = max(0, (context.responder?.keptBodyBytes ?? 0) - local.body.count)
                unsafe local.body.append(contentsOf: buffer.prefix(min(room, count)))
                if body.isComplete { break }
                moved += count
            }
            return outcome
        }
        if body.isComplete { downstream.requestBodyEnded() }
        switch outcome {
        case .bytes, .end:
            if body.isComplete { answerLocally() } else { goOnNextTurn() }
        case .empty:
            askForBody(downstream)
            waitLocally(for: .clientBody)
        case .failed(let error): failLocally(error)
        }
    }

    // MARK: The answer

    private func answerLocally() {
        guard let responder = context.responder, let downstream else { return }
        let answer = responder.answer(localRequest(of: downstream))
        local.body = []
        guard answer.delay > .zero else { return perform(answer.action) }
        local.phase = .waiting(answer.action)
        // From now, not from the beginning of the turn, which may have been long.
        setLocalDeadline(MonotonicTime.now().advanced(byNanoseconds: answer.delay.wholeNanoseconds))
    }

    private func perform(_ action: LocalAnswer.Action) {
        guard let downstream else { return }
        switch action {
        case .respond(let response):
            machine.responseBegan()
            keepAlive = keepAlive && downstream.mayKeepAlive
            summary.status = response.status
            response.write(
                to: downstream.output,
                keepAlive: keepAlive,
                isHTTP10: request.isHTTP10,
                date: context.wallClock.httpDate(.now())
            )
            let hasBody = response.hasContent && !request.isHead
            local.phase = .sending(hasBody ? response.body : LocalBody([]), sent: 0)
            sendLocally()
        case .stream(let response, let stream): beginStream(response, stream)
        case .wait(let wait): lookLocally(wait)
        case .reset: cutLocally(resetting: true)
        case .hang:
            local.phase = .hanging
            setLocalDeadline(MonotonicTime.now().advanced(byNanoseconds: LocalProgress.longestHang))
        }
    }

    /// Sends the answer if it is known now, or else asks again later.
    private func lookLocally(_ wait: any LocalWait) {
        var wait = wait
        switch wait.look() {
        case .known(let action): perform(action)
        case .unknown(let pause):
            local.phase = .asking(wait)
            setLocalDeadline(MonotonicTime.now().advanced(byNanoseconds: max(1_000_000, pause.wholeNanoseconds)))
        }
    }

    /// Sends as much of the response as the client takes.
    func sendLocally() {
        if case .streaming = local.phase { return streamLocally() }
        guard case .sending(let content, var sent) = local.phase, let downstream else { return }
        var moved = 0
        repeat {
            if downstream.isCongested {
                local.phase = .sending(content, sent: sent)
                return waitLocally(for: .clientReads)
            }
            guard moved < LocalProgress.bytesPerTurn else {
                local.phase = .sending(content, sent: sent)
                return goOnNextTurn()
            }
            let piece = content.piece(after: sent, atMost: LocalProgress.bytesAtOnce)
            // Also without a body: this sends the head when many answers have been gathered.
            let stands = unsafe content.block.withUnsafeBytes {
                unsafe downstream.send(UnsafeRawBufferPointer(rebasing: $0[piece]), asChunk: false, moreFollows: false)
            }
            guard stands else { return failLocally(ProxyError(.clientLeft)) }
            moved += piece.count
            sent += UInt64(piece.count)
            summary.bytesOut = sent
        } while sent < content.count
        local.phase = .none
        machine.answered()
        end()
    }

    /// Answers a request that nobody was asked about, or that could not be read.
    func answerUnserved(_ response: LocalResponse, _ downstream: any Downstream) {
        let date = context.wallClock.httpDate(.now())
        let output = downstream.output
        let count = response.writeWhole(
            to: output,
            keepAlive: keepAlive,
            isHTTP10: request.isHTTP10,
            isHead: request.isHead,
            date: date
        )
        summary.bytesOut = UInt64(count)
        downstream.flushSoon()
        end()
    }

    // MARK: Time and failure

    func waitLocally(for waiting: ExchangeDeadlines.Waiting) {
        wait(for: waiting)
        local.isYielding = false
    }

    func setLocalDeadline(_ deadline: MonotonicTime) {
        local.isYielding = false
        downstream?.setDeadline(deadline)
    }

    /// Goes on in the next turn of the loop.
    private func goOnNextTurn() {
        // The timers of this turn are those whose time has come by `now`.
        setLocalDeadline(context.loop.now.advanced(byNanoseconds: 1))
        local.isYielding = true
    }

    /// The time set with ``Downstream/setDeadline(_:)`` has come.
    func localDeadlinePassed(at now: MonotonicTime) {
        switch local.phase {
        case .receiving where local.isYielding: receiveLocally()
        case .sending where local.isYielding: sendLocally()
        case .streaming where local.isYielding: streamLocally()
        case .waiting(let action): perform(action)
        case .asking(let wait): lookLocally(wait)
        case .hanging: cutLocally()
        case .none, .receiving, .sending, .streaming: failLocally(deadlines.expired(at: now))
        }
    }

    /// Answers with `error` if there may still be an answer and somebody to get it, or else closes.
    func failLocally(_ error: ProxyError) {
        let isNobodyThere = error.kind == .clientLeft || error.kind == .clientStoppedReading
        guard isNobodyThere || machine.hasBegun else {
            local.phase = .none
            return answer(error)
        }
        if !machine.hasBegun { summary.status = error.status }
        cutLocally()
    }

    private func cutLocally(resetting: Bool = false) {
        local.phase = .none
        machine.answered()
        logResponse()
        // A body that is cut short falls short of its Content-Length, so closing says enough.
        downstream?.cut(resetting: resetting)
    }
}
