// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import CRuntime

/// One libcurl easy handle, bound to one backend and used for one request after another.
///
/// Options that are the same for every request are set once; between requests nothing is reset. libcurl keeps pointers
/// to this object, so it must live as long as the handle: that is what ``MultiHandle`` and its owner see to by ending a
/// transfer before they let go of it.
@safe
package final class Transfer {
    let easy: UnsafeMutableRawPointer
    unowned let multi: MultiHandle
    /// Who is told how the transfer goes. Set before the transfer is started, and to `nil` when it is over, since the
    /// delegate usually holds the transfer too.
    package var delegate: (any TransferDelegate)?

    /// Between ``MultiHandle/start(_:)`` and the end.
    package private(set) var isActive = false
    /// The handle may be given another request: its last transfer went well. A failed or cancelled one may leave something
    /// behind: since 8.7 a handle that could not send a body again, because it was streamed, refuses every later request
    /// with CURLE_SEND_FAIL_REWIND.
    package private(set) var isReusable = true
    /// How often the request has been sent, or begun to be.
    package private(set) var attempts = 0
    /// The socket that the request uses, -1 before libcurl has named it.
    package internal(set) var socket: Int32 = -1
    /// The local port of the connection that the request was sent on last; 0 where there are no ports.
    package private(set) var localPort: Int32 = 0
    /// A callback has answered ``ReceiveDecision/pause`` and has not been called again.
    package private(set) var isReceivingPaused = false
    /// A callback has answered ``SendDecision/pause`` and has not been called again.
    package private(set) var isSendingPaused = false
    /// Sending waits for receiving to go on; see ``CurlLibrary/receivesWhilePaused``.
    private var isSendingHeld = false
    /// Where the time went; filled in when the transfer is over.
    package private(set) var timings = TransferTimings()

    /// What the per-request options were left at by the request before.
    var method = MethodState()
    let headStyle: HeadStyle
    let suppressed = SuppressedFields()
    /// Used with ``HeadStyle/list`` alone.
    lazy var fields = HeaderList()
    /// The backend's URL, taken apart. libcurl would else parse it anew for each request.
    let url: OpaquePointer
    /// CURLOPT_CONNECT_TO(3): "libcurl does not copy the list so you must keep it around until you no longer use this handle".
    let connectTo: UnsafeMutablePointer<curl_slist>?
    /// ``ConnectionSettings/owner``
    private let owner: (any Sendable)?

    /// See ``TransferTarget/speaksHTTP2``.
    let speaksHTTP2: Bool
    /// Whether the last response came by HTTP/2; `nil` where nobody needs to know, or it is not known.
    package private(set) var usedHTTP2: Bool?
    /// Others may use its connection at the same time.
    package var mayShareConnection: Bool { speaksHTTP2 && !method.isTunnel }

    /// What libcurl says of a failure. CURLOPT_ERRORBUFFER(3): "The buffer must be at least CURL_ERROR_SIZE bytes big. You
    /// must keep the associated buffer available until libcurl no longer needs it."
    let errorText: UnsafeMutablePointer<CChar>
    /// No line of a response by HTTP/2 has come yet.
    private var isUnanswered = false
    /// libcurl sends the request again though nothing has failed. By HTTP/2 that is so where the server has refused it, and has
    /// not acted upon it (RFC 9113 §8.7): by REFUSED_STREAM, or because it has taken leave of the connection. Of connections
    /// that fail libcurl says how, and does not send again what it has sent on one that was closed.
    package var wasRefused: Bool { unsafe speaksHTTP2 && attempts > 1 && errorText[0] == 0 }

    /// See ``FoldedFieldGuard``.
    var foldGuard = FoldedFieldGuard.off

    /// Where the response body goes; -1 for libcurl's buffer.
    var spliceEnd: Int32 = -1
    /// How many bytes in the pipe libcurl has handed on and the delegate has not been told of.
    var untold = 0
    /// The pipe that some of the request body has come from; -1 for none.
    var sourceEnd: Int32 = -1

    package init(_ target: TransferTarget, multi: MultiHandle) throws(CurlError) {
        guard let easy = unsafe curl_easy_init() else { throw CurlError("curl_easy_init", CURLE_FAILED_INIT) }
        guard let url = unsafe curl_url() else { throw CurlError("curl_url", CURLE_OUT_OF_MEMORY) }
        unsafe self.easy = easy
        unsafe self.url = url
        // Without a host and port before it, it holds for any.
        let place = target.connection?.connectTo
        unsafe connectTo = place.flatMap { unsafe curl_slist_append(nil, "::\($0)") }
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        self.multi = multi
        owner = target.connection?.owner
        speaksHTTP2 = target.speaksHTTP2
        // HTTP/2 has no text for a head; libcurl makes one of its own from the fields.
        headStyle = target.speaksHTTP2 ? .list : target.headStyle
        // CURLOPT_CURLU(3): "libcurl uses this handle and its contents read-only and does not change its contents."
        let code = unsafe curl_url_set(url, CURLUPART_URL, target.url, 0)
        guard code == CURLUE_OK else { throw CurlError("curl_url_set \(target.url)", CURLE_URL_MALFORMAT) }
        if unsafe place != nil && connectTo == nil { throw CurlError("curl_slist_append", CURLE_OUT_OF_MEMORY) }
        try setFixedOptions(target, multi: multi)
        if let settings = target.connection { try setConnection(settings) }
    }

    deinit {
        precondition(!isActive, "a transfer must be ended before it is let go of")
        unsafe curl_easy_cleanup(easy)
        unsafe curl_url_cleanup(url)
        unsafe errorText.deallocate()
        unsafe curl_slist_free_all(connectTo)
    }

    /// What libcurl says of a transfer that is over with `code`, as its command line tool shows it: `(7) Failed to connect to
    /// 10.0.0.1 port 80 after 0 ms: Couldn't connect to server`.
    package func explanation(of code: CurlCode) -> String {
        // libcurl ends it with a NUL; CURLOPT_ERRORBUFFER(3): "Do not rely on the contents of the buffer unless an error
        // code was returned."
        let said = unsafe String(cString: errorText)
        return "(\(code.rawValue)) \(said.isEmpty ? code.description : said)"
    }

    /// Goes on handing over what was received. libcurl calls back from inside this call.
    package func resumeReceiving() {
        guard isActive, isReceivingPaused else { return }
        isReceivingPaused = false
        if isSendingHeld { isSendingPaused = false }
        isSendingHeld = false
        resume()
        // It has handed on what it kept, from inside that call.
        if !isReceivingPaused { holdSplice(false) }
    }

    /// Goes on asking for the request body. libcurl calls back from inside this call or soon after it.
    package func resumeSending() {
        guard isActive, isSendingPaused else { return }
        if isReceivingPaused && CurlLibrary.receivesWhilePaused {
            isSendingHeld = true
            return
        }
        isSendingPaused = false
        resume()
    }

    /// Keeps this transfer's connection from being used again once the transfer is over.
    package func forbidReuse() {
        _ = unsafe curlew_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        method.isReuseForbidden = true
    }

    /// No other request was sent on the connection. To be asked as the request is about to be sent.
    package var isOnNewConnection: Bool {
        var connects = 0
        unsafe curlew_get_long(easy, CURLINFO_NUM_CONNECTS, &connects)
        return connects > 0
    }

    /// How many bytes of the request body have been handed to the kernel. Less than what was given to libcurl while it holds
    /// some that the socket has not taken.
    package var bytesSent: UInt64 {
        var count: curl_off_t = 0
        unsafe curlew_get_offset(easy, CURLINFO_SIZE_UPLOAD_T, &count)
        return UInt64(max(0, count))
    }

    /// The `errno` of the last failed connect, 0 if there was none.
    package var systemError: Int32 {
        var code = 0
        unsafe curlew_get_long(easy, CURLINFO_OS_ERRNO, &code)
        return Int32(truncatingIfNeeded: code)
    }

    /// Why no socket could be opened for this transfer, as an `errno` such as `EMFILE`; 0 if that is not why it failed. To
    /// be asked when the transfer is over with `CURLE_COULDNT_CONNECT`.
    package var openError: Int32 { multi.openError }

    private func resume() {
        // curl_easy_pause(3): "The bitmask [...] sets the new state of the connection", for both directions at once.
        var mask: Int32 = 0
        if isReceivingPaused { mask |= CURLPAUSE_RECV }
        if isSendingPaused { mask |= CURLPAUSE_SEND }
        multi.run { _ = unsafe curl_easy_pause(easy, mask) }
    }

    // MARK: What the multi handle calls

    func began() {
        isActive = true
        foldGuard = CurlLibrary.keepsLastField ? .statusLine : .off
        attempts = 0
        usedHTTP2 = nil
        socket = -1
        isReceivingPaused = false
        isSendingPaused = false
        isSendingHeld = false
        if mayShareConnection { forbidReuseBeforeAnswer() }
    }

    /// A connection on which nothing has been answered would never be used again: with CURLOPT_PIPEWAIT every transfer waits
    /// for it to say whether it can be shared ("Server upgrade does not support multiplex yet, wait"; 8.14), though nobody
    /// is left to ask it. So it is closed where this transfer ends without an answer, and is the last that it has.
    private func forbidReuseBeforeAnswer() {
        isUnanswered = true
        unsafe errorText[0] = 0
        _ = unsafe curlew_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    }

    /// `code` is `nil` for a transfer that was cancelled.
    func ended(_ code: CurlCode?) {
        isActive = false
        endSplice()
        // A tunnel leaves options and states behind that no other request may inherit; a handle is cheap beside it.
        // One that has sent again counts that for ever, and gives up at the sixth time (before 8.17).
        // One whose response was cut off behind its status line, which libcurl takes for a success, still has what the guard has
        // switched on, and would put the next status line before the next response.
        isReusable =
            code == .CURLE_OK && !method.isTunnel && attempts < 2 && (foldGuard == .off || foldGuard == .statusLine)
    }

    /// Names the socket of a transfer that was over before libcurl had to wait for it, and so to say which it was.
    /// CURLINFO_ACTIVESOCKET(3): "If the socket is no longer valid, -1 is returned".
    func findSocket() {
        guard socket < 0 else { return }
        var found: curl_socket_t = -1
        unsafe curlew_get_socket(easy, CURLINFO_ACTIVESOCKET, &found)
        socket = found
    }

    /// Notes what libcurl knows of a transfer until it is removed.
    func rememberTimings() {
        timings = unsafe TransferTimings(easy)
        guard speaksHTTP2 else { return }
        var version = 0
        unsafe curlew_get_long(easy, CURLINFO_HTTP_VERSION, &version)
        usedHTTP2 = version == 0 ? nil : version >= CURL_HTTP_VERSION_2_0
    }

    /// The transfer that `easy` belongs to, unless libcurl made `easy` for itself.
    static func owner(of easy: UnsafeMutableRawPointer) -> Transfer? {
        var pointer: UnsafeMutableRawPointer?
        unsafe curlew_get_private(easy, &pointer)
        return unsafe pointer.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: What the callbacks call

    func willSend(fromPort port: Int32) -> Bool {
        attempts += 1
        curlew_libcurl_sends()
        localPort = port
        return delegate?.transfer(self, willSendAttempt: attempts) ?? false
    }

    func received(line: Span<UInt8>) -> ReceiveDecision {
        if isUnanswered {
            isUnanswered = false
            _ = unsafe curlew_set_long(easy, CURLOPT_FORBID_REUSE, method.isAlwaysFresh ? 1 : 0)
        }
        if foldGuard != .off { guardAgainstFold(after: line) }
        return note(delegate?.transfer(self, receivedLine: line) ?? .abort)
    }

    func received(body: UnsafeRawBufferPointer) -> ReceiveDecision {
        if foldGuard == .firstField || foldGuard == .firstFieldPasses { return unsafe inspect(firstField: body) }
        if spliceEnd >= 0, let decision = receivedSpliced(body.count) { return note(decision) }
        return note(unsafe delegate?.transfer(self, receivedBody: body) ?? .abort)
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> SendDecision {
        if isReceivingPaused && CurlLibrary.receivesWhilePaused {
            isSendingHeld = true
            isSendingPaused = true
            return .pause
        }
        let decision = unsafe delegate?.transfer(self, fill: buffer) ?? .abort
        switch decision {
        case .pause: isSendingPaused = true
        case .spliced(let count, let readEnd): return unsafe send(count, from: readEnd, as: buffer)
        case .bytes, .end, .abort: break
        }
        return decision
    }

    private func note(_ decision: ReceiveDecision) -> ReceiveDecision {
        if case .pause = decision {
            isReceivingPaused = true
            holdSplice(true)
            // A response that comes at once on a reused connection may be paused before libcurl has wanted anything of the
            // socket. It then wants nothing, and says nothing of it.
            if socket < 0 { socket = multi.socketOfUnseen(self) }
        }
        return decision
    }
}
