// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import CRuntime
internal import Glibc

/// A set of transfers that share connections: libcurl's multi interface, driven by `curl_multi_socket_action`.
///
/// It belongs to one thread. libcurl calls back from inside ``socketReady(_:readable:writable:failed:)``,
/// ``timeoutExpired()``, ``Transfer/resumeReceiving()`` and ``Transfer/resumeSending()``; within such a call nothing
/// else of this module may be called, which is checked.
@safe
package final class MultiHandle {
    let handle: UnsafeMutableRawPointer
    // Its owner, which outlives it: the owner's destroys this handle before it goes. Checked references would be counted at
    // every callback.
    private unowned(unsafe) let delegate: any MultiHandleDelegate
    /// True while libcurl runs, and may call back.
    var isInside = false
    /// Why the last socket could not be opened, as an `errno`; 0 if it could. libcurl only says that it could not connect.
    private(set) var openError: Int32 = 0
    private let silenceLimit: Int?
    let isPlain: Bool

    /// `maxConnections`: connections kept open, in use and idle together. libcurl's own default follows the number of
    /// transfers, so that the pool would shrink and churn whenever the load drops.
    /// `silenceLimit`: connections end after so many milliseconds in which the other side acknowledges nothing of what it is
    /// sent. `nil`: after what the kernel takes by itself, which is a quarter of an hour.
    /// `isPlain`: all that its transfers speak is HTTP/1.1 without TLS, so that bodies may be spliced.
    package init(
        delegate: any MultiHandleDelegate,
        maxConnections: Int,
        silenceLimit: Int? = nil,
        isPlain: Bool = false
    ) throws(CurlError) {
        guard let handle = unsafe curl_multi_init() else { throw CurlError("curl_multi_init", CURLM_OUT_OF_MEMORY) }
        unsafe self.handle = handle
        unsafe self.delegate = delegate
        self.silenceLimit = silenceLimit
        self.isPlain = isPlain
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try set("CURLMOPT_SOCKETFUNCTION", unsafe curlew_multi_set_socket_callback(handle, socketCallback))
        try set("CURLMOPT_SOCKETDATA", unsafe curlew_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, me))
        try set("CURLMOPT_TIMERFUNCTION", unsafe curlew_multi_set_timer_callback(handle, timerCallback))
        try set("CURLMOPT_TIMERDATA", unsafe curlew_multi_set_pointer(handle, CURLMOPT_TIMERDATA, me))
        try set("CURLMOPT_MAXCONNECTS", unsafe curlew_multi_set_long(handle, CURLMOPT_MAXCONNECTS, maxConnections))
    }

    /// Closes every connection, those in use too. Its transfers must have been cancelled or be over.
    deinit { unsafe curl_multi_cleanup(handle) }

    /// Starts a transfer. Nothing happens before ``timeoutExpired()``, which may start many at once.
    package func start(_ transfer: Transfer) throws(CurlError) {
        precondition(!isInside, "a transfer must not be started from inside libcurl")
        let code = unsafe curl_multi_add_handle(handle, transfer.easy)
        guard code == CURLM_OK else { throw CurlError("curl_multi_add_handle", code) }
        transfer.began()
    }

    /// Ends a transfer before it is over, and its connection with it: curl_multi_remove_handle(3), "it is perfectly
    /// fine to remove a handle in the middle of a transfer [...] this will effectively halt the transfer".
    package func cancel(_ transfer: Transfer) {
        precondition(!isInside, "a transfer must not be cancelled from inside libcurl")
        guard transfer.isActive else { return }
        run { _ = unsafe curl_multi_remove_handle(handle, transfer.easy) }
        transfer.ended(nil)
    }

    /// Tells libcurl what happened to a socket. Afterwards finished transfers have told their delegates.
    package func socketReady(_ socket: Int32, readable: Bool, writable: Bool, failed: Bool) {
        var mask: Int32 = 0
        if readable { mask |= CURL_CSELECT_IN }
        if writable { mask |= CURL_CSELECT_OUT }
        if failed { mask |= CURL_CSELECT_ERR }
        run {
            var running: Int32 = 0
            _ = unsafe curl_multi_socket_action(handle, socket, mask, &running)
        }
        reportFinished()
    }

    /// Tells libcurl that its time has come. Afterwards finished transfers have told their delegates.
    package func timeoutExpired() {
        run {
            var running: Int32 = 0
            // CURL_SOCKET_TIMEOUT is CURL_SOCKET_BAD, -1.
            _ = unsafe curl_multi_socket_action(handle, -1, 0, &running)
        }
        reportFinished()
    }

    /// Runs a call during which libcurl may call back.
    func run(_ call: () -> Void) {
        precondition(!isInside, "libcurl must not be called from inside libcurl")
        isInside = true
        curlew_enter_libcurl()
        call()
        curlew_leave_libcurl()
        isInside = false
    }

    /// Hands finished transfers to their delegates, which may start and cancel others meanwhile.
    private func reportFinished() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(handle, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            // Read before the handle is removed: curl_multi_info_read(3), "The data the returned pointer points to
            // will not survive calling curl_multi_cleanup(3), curl_multi_remove_handle(3) or curl_easy_cleanup(3)."
            let code = unsafe CurlCode(curlew_message_result(message))
            guard let transfer = unsafe Transfer.owner(of: easy) else { continue }
            transfer.rememberTimings()
            transfer.findSocket()
            run { _ = unsafe curl_multi_remove_handle(handle, easy) }
            transfer.ended(code)
            transfer.delegate?.transferFinished(transfer, code)
        }
    }

    private func set(_ call: String, _ code: CURLMcode) throws(CurlError) {
        guard code == CURLM_OK else { throw CurlError(call, code) }
    }

    // MARK: What the callbacks call

    fileprivate func wants(_ what: Int32, of socket: Int32, easy: UnsafeMutableRawPointer?) {
        let wish: SocketWish =
            switch what {
            case CURL_POLL_IN: .readable
            case CURL_POLL_OUT: .writable
            case CURL_POLL_INOUT: .both
            default: .nothing
            }
        // Newer versions pass handles of their own here, which have no owner.
        let transfer = wish == .nothing ? nil : unsafe easy.flatMap { unsafe Transfer.owner(of: $0) }
        transfer?.socket = socket
        unsafe delegate.multiHandle(self, wants: wish, of: socket, for: transfer)
    }

    fileprivate func wantsTimeout(_ milliseconds: Int) {
        unsafe delegate.multiHandle(self, wantsTimeout: milliseconds < 0 ? nil : milliseconds)
    }

    func open(family: Int32, type: Int32, protocolNumber: Int32) -> Int32 {
        // libcurl's own socket would be inherited by a child process.
        let descriptor = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), protocolNumber)
        openError = descriptor >= 0 ? 0 : errno
        // The number may be that of a socket of which something else was said.
        curlew_opened(descriptor, isPlain ? 1 : 0)
        if let silenceLimit, descriptor >= 0 { limitSilence(of: descriptor, to: silenceLimit) }
        if descriptor >= 0 { unsafe delegate.multiHandle(self, opened: descriptor) }
        return descriptor
    }

    /// tcp(7), TCP_USER_TIMEOUT: "the maximum amount of time in milliseconds that transmitted data may remain unacknowledged
    /// [...] before TCP will forcibly close the corresponding connection and return ETIMEDOUT to the application". A Unix
    /// domain socket refuses it, and needs none.
    private func limitSilence(of descriptor: Int32, to milliseconds: Int) {
        var value = UInt32(clamping: milliseconds)
        let size = socklen_t(MemoryLayout.size(ofValue: value))
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &value, size)
    }

    func socketOfUnseen(_ transfer: Transfer) -> Int32 {
        unsafe delegate.multiHandle(self, socketOfUnseen: transfer) ?? -1
    }

    func close(_ socket: Int32) -> Int32 {
        unsafe delegate.multiHandle(self, willClose: socket)
        curlew_closed(socket)
        return Glibc.close(socket)
    }
}

// CURLMOPT_SOCKETFUNCTION(3): "The callback MUST return 0." Anything else ends every transfer of the handle.
private let socketCallback: curl_socket_callback = { easy, socket, what, multi, _ in
    unsafe Unmanaged<MultiHandle>.fromOpaque(multi!)._withUnsafeGuaranteedRef {
        unsafe $0.wants(what, of: socket, easy: easy)
    }
    return 0
}

private let timerCallback: curl_multi_timer_callback = { _, milliseconds, multi in
    unsafe Unmanaged<MultiHandle>.fromOpaque(multi!)._withUnsafeGuaranteedRef { $0.wantsTimeout(milliseconds) }
    return 0
}
