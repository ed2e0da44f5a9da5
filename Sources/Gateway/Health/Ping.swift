// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// The pings of one backend, of which one at most is on its way.
///
/// Each takes a new connection and closes it afterwards. A kept one would go on working where new ones fail: behind a
/// firewall that was closed meanwhile, or at a backend that accepts no more.
final class Ping: TransferDelegate {
    /// Its object of the present configuration.
    var backend: Backend
    /// When the ping that is on its way, or the last one, left: nanoseconds of the loop's clock.
    private(set) var startedAt: UInt64 = 0
    var isRunning: Bool { transfer.isActive }

    let check: HealthCheckConfiguration
    private let transfer: Transfer
    private let multi: MultiHandle
    /// What is sent but for its last line; see ``RequestText``.
    private let head: String
    private let hasHost: Bool
    private var answer: PingAnswer
    /// When the next one is due.
    private var schedule: PingSchedule
    private let finished: (Ping, PingResult) -> Void
    /// Belongs to the round out of turn that is under way.
    var isUrgent = false
    /// When its ping is to be sent, in nanoseconds; `nil` if it was, or there is none.
    var urgentTime: UInt64?
    /// Whether it may belong to one.
    var comeback = Comeback()
    /// Signs a method and a head; `nil` where nothing is signed.
    var sign: ((String, String) -> String)?

    /// - Parameters:
    ///   - backend: whom to ping.
    ///   - check: the path, the time limit and the answer that is expected.
    ///   - multi: what the pings run on.
    ///   - start: when the first ping is due.
    ///   - finished: told each result, outside libcurl.
    /// - Throws: `CurlError` when libcurl has no memory, or lacks something that the backend's URL needs.
    init(
        _ backend: Backend,
        _ check: HealthCheckConfiguration,
        on multi: MultiHandle,
        startingAt start: UInt64,
        finished: @escaping (Ping, PingResult) -> Void
    ) throws(CurlError) {
        self.backend = backend
        self.check = check
        self.multi = multi
        answer = PingAnswer(expectBody: check.expectBody)
        schedule = PingSchedule(check, startingAt: start)
        self.finished = finished
        // To libcurl 0 means no limit.
        let timeout = max(1, Int(clamping: check.timeout.wholeMilliseconds))
        var target = backend.transferTarget
        target.connectTimeoutMilliseconds = timeout
        target.totalTimeoutMilliseconds = timeout
        target.isFresh = true
        // What is looked for in a body may be spread over two chunks.
        target.decodesChunks = check.expectBody != nil
        transfer = try Transfer(target, multi: multi)
        let own = backend.hostField.map { String(decoding: $0.field, as: UTF8.self) }
        let host = check.host.map { "Host: \($0)\r\n" } ?? own ?? ""
        hasHost = !host.isEmpty
        let fields = "\(host)Accept: */*\r\nUser-Agent: curlew-health-check\r\nConnection: close\r\n"
        head = "\(check.path)\(RequestText.afterTarget)\(fields)"
    }

    /// The head as it is sent now.
    private var finishedHead: String {
        "\(sign?(check.method, head) ?? head)\(RequestText.lastLine)"
    }

    /// When the next ping is due, in nanoseconds.
    func due(isDown: Bool) -> UInt64 { schedule.due(isDown: isDown) }

    /// A ping is due: sends one, unless the last is still on its way.
    func startIfFree(at now: UInt64, isDown: Bool, using random: inout PseudoRandom) {
        schedule.pinged(at: now, isDown: isDown, using: &random)
        if !isRunning { start(at: now) }
    }

    /// Sends a ping, whether or not one is due. None may be on its way.
    func start(at now: UInt64) {
        startedAt = now
        answer.reset()
        transfer.delegate = self
        do {
            try transfer.prepare(method: check.method, head: finishedHead, hasHost: hasHost)
            try multi.start(transfer)
        } catch {
            transfer.delegate = nil
            finished(self, PingResult(isGood: false, detail: error.description))
        }
    }

    /// Ends the ping that is on its way, without a result.
    func cancel() {
        multi.cancel(transfer)
        transfer.delegate = nil
    }

    // MARK: TransferDelegate

    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool { true }

    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision {
        answer.receive(line: line)
        return .taken
    }

    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision {
        answer.receive(body: unsafe Span(_unsafeBytes: bytes))
        return answer.isEnough ? .abort : .taken
    }

    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision { .end }

    func transferPeerClosed(_ transfer: Transfer) {}

    func transferFinished(_ transfer: Transfer, _ code: CurlCode) {
        transfer.delegate = nil
        if code == .CURLE_COULDNT_CONNECT, transfer.openError != 0 {
            // Out of descriptors: the gateway's trouble, not the backend's.
            let reason = SystemError.text(of: transfer.openError)
            return finished(self, PingResult(isGood: false, detail: reason, isInconclusive: true))
        }
        let error = code == .CURLE_COULDNT_CONNECT ? transfer.systemError : 0
        finished(self, PingResult(answer, code, systemError: error, url: backend.url, check: check))
    }
}

extension Transfer {
    /// Points the handle at a request with the head of ``RequestText``, to which libcurl adds the backend's Host if it has
    /// none.
    fileprivate func prepare(method: String, head: String, hasHost: Bool) throws(CurlError) {
        let (isHead, isGet) = (method == "HEAD", method == "GET")
        let result = unsafe head.withCString { head in
            unsafe method.withCString { method in
                Result { () throws(CurlError) in
                    let name = unsafe isHead || isGet ? nil : method
                    try unsafe prepare(
                        RequestText(method: name, isHead: isHead, head: head, hasHost: hasHost),
                        body: .none
                    )
                }
            }
        }
        try result.get()
    }
}

extension Duration {
    /// This duration in milliseconds, rounded up: a limit is never shorter than it was written.
    fileprivate var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
