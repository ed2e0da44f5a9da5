// SPDX-License-Identifier: Apache-2.0

/// Where a request goes, and what becomes of one that goes nowhere.
extension Exchange {
    /// Finds out what the request's route means for it; answers the client itself where there is nothing to be forwarded.
    func findTarget(_ downstream: any Downstream) -> RouteTarget? {
        if let only = context.only { return only }
        let generation = context.generation
        let found = downstream.input.withBytes(0..<request.length) {
            generation.routes.find(request, in: $0, &context.pathReader)
        }
        switch found {
        case .route(let index): return generation.targets[index].target(for: summary.requestID)
        case .noRoute: turnAway(ProxyError(.noRoute), downstream)
        case .refused(let problem): turnAway(ProxyError(.refusedPath(problem)), downstream)
        }
        return nil
    }

    private func turnAway(_ error: ProxyError, _ downstream: any Downstream) {
        takeBody(downstream, keeping: 0)
        if let admission = context.generation.unrouted, !isAdmitted(by: admission) { return }
        answer(error)
    }

    /// Makes ready for the request's body, `maximum` bytes at most and `keeping` of them for another attempt, and takes it if
    /// all of it is there.
    func takeBody(_ downstream: any Downstream, keeping: Int, atMost maximum: UInt64? = nil) {
        downstream.input.start = request.length
        body.begin(request.framing, keeping: keeping, atMost: maximum)
        unsafe wholeBody = body.takeWhole(downstream.input)
        if body.isComplete { downstream.requestBodyEnded() }
    }

    /// Answers as the route says.
    func answer(_ fixed: FixedAnswer, _ downstream: any Downstream) {
        if fixed.needsHost && request.hostLength == 0 { return answer(ProxyError(.malformedRequest(.missingHost))) }
        machine.answered()
        keepAlive = request.keepAlive && body.isComplete && downstream.mayKeepAlive
        summary.status = fixed.status
        let date = context.wallClock.httpDate(.now())
        let style = FixedAnswer.Style(keepAlive: keepAlive, date: date, edits: target?.edits)
        summary.bytesOut = UInt64(
            fixed.write(to: downstream.output, for: request, in: downstream.input, style) {
                writeAdmissionFields(to: $0)
            }
        )
        downstream.flushSoon()
        end()
    }
}
