// SPDX-License-Identifier: Apache-2.0

/// Copies of requests for another pool; see ``Mirror``. Nothing here is called where the route has no mirror.
extension Exchange {
    /// The request is about to go to its first backend: has it copied, if it is one of those that are.
    func beginCopy() {
        guard let target, let mirror = target.mirror, let downstream, tunnel == .none,
            mirror.shared.isDrawn(summary.requestID)
        else { return }
        if case .length(let length) = request.framing, length > UInt64(target.bodyBuffer) {
            return mirror.skipped(.bodyTooLarge)
        }
        var summary = ExchangeSummary(requestID: self.summary.requestID, client: self.summary.client)
        summary.route = self.summary.route
        summary.access = self.summary.access
        summary.trace = self.summary.trace
        guard let copy = mirror.makeCopy(key(for: mirror.pool.shared), summary) else { return }
        if let backend = copy.backend { copy.layout = writeHead(for: backend, to: copy.text, ofCopy: true) }
        copy.take(request, downstream.input)
        if let wholeBody = unsafe wholeBody { unsafe copy.body.append(wholeBody) }
        if body.isComplete { return complete(copy) }
        self.copy = copy
        duties.insert(.cleaningUp)
    }

    /// The backend is given some of the body, in these very bytes; so is the copy.
    func addToCopy(_ bytes: UnsafeRawBufferPointer) {
        guard let copy, let target else { return }
        guard copy.body.count + bytes.count <= target.bodyBuffer else {
            target.mirror?.skipped(.bodyTooLarge)
            return dropCopy()
        }
        unsafe copy.body.append(bytes)
        // The end of a body that is sent without its chunks comes by itself.
        if layout.isBodyOpen { return }
        if body.framing == .chunked ? body.encoder.isDone : body.isExhausted { endCopy() }
    }

    /// The backend was given the last of the body.
    func endCopy() {
        guard let copy else { return }
        self.copy = nil
        complete(copy)
    }

    private func complete(_ copy: MirrorCopy) {
        copy.summary.bytesIn = body.received
        let isFramed = unsafe wholeBody == nil && !layout.isBodyOpen
        if request.framing == .chunked { copy.fitBody(isFramed: isFramed) }
        copy.sendSoon()
    }

    /// The body is given to a backend from its start again.
    func restartCopy() {
        copy?.body.removeAll()
    }

    /// The request will not become complete, or its copy too large.
    func dropCopy() {
        copy?.drop()
        copy = nil
    }
}
