// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// One of libcurl's sockets, as the loop sees it: in use by a transfer, or idle in libcurl's pool.
final class UpstreamSocket: EventHandler {
    let descriptor: Int32
    private let upstream: Upstream
    /// Not a connection to the backend, but a descriptor that libcurl has for itself.
    let isForeign: Bool
    /// What libcurl wants to know of it.
    private(set) var wish = SocketWish.nothing
    /// Whose it is; `nil` while it is idle.
    private(set) var transfer: Transfer?
    /// The peer has closed its side, as far as the loop has told.
    var isPeerClosed = false
    /// libcurl wants to read no more for this transfer, and it has been looked at what that means.
    var isConcluded = false
    /// Nothing follows when so many bytes have been sent: the backend is to be told then.
    var finishesAfter: UInt64?
    /// Several transfers may use it at once, as far as is known: what comes is told apart by libcurl, and ``transfer`` is but
    /// one of them.
    var isShared = false
    private var isRegistered = false
    /// An event that libcurl does not want has made us stop listening.
    private var isMuted = false
    /// When its last transfer was over; `nil` before the first.
    private var lastUsed: MonotonicTime?
    /// We have ended it, and libcurl will find out.
    private(set) var isShutDown = false

    init(_ descriptor: Int32, of upstream: Upstream, isForeign: Bool) {
        self.descriptor = descriptor
        self.isForeign = isForeign
        self.upstream = upstream
    }

    func handle(_ readiness: Readiness, on descriptor: Int32) {
        upstream.ready(self, readiness)
    }

    /// Notes libcurl's wish. A socket that nothing is wanted of stays registered: it is idle, and what arrives there
    /// must be noticed; or it is paused, and mostly nothing arrives before it goes on.
    func set(_ wish: SocketWish, for transfer: Transfer?, in loop: EventLoop) {
        self.wish = wish
        let interest: Interest =
            switch wish {
            case .readable, .nothing: .readable
            case .writable: .writable
            case .both: [.readable, .writable]
            }
        if wish.isToRead { isConcluded = false }
        if !wish.isNothing { CurlLibrary.expectAnything(on: descriptor) }
        if let transfer {
            self.transfer = transfer
            if isShared && !transfer.mayShareConnection { isShared = false }
        }
        if !isRegistered {
            // A full table of descriptors, or no memory: the transfer's own time limit ends it.
            isRegistered = (try? loop.register(descriptor, interest, handler: self)) != nil
        } else if !wish.isNothing || !isMuted {
            isMuted = false
            loop.setInterest(interest, of: descriptor)
        }
    }

    /// Something happened that libcurl does not want to know. `mayBePaused`: a transfer is paused on some socket of which
    /// nobody knows, and which may be this.
    func surprised(_ loop: EventLoop, mayBePaused: Bool) {
        if mayBePaused || isUsed {
            // Paused. The kernel would tell again and again, so it is asked to be silent until libcurl goes on.
            isMuted = true
            loop.setInterest([], of: descriptor)
            return
        }
        // Idle. Whatever arrives now belongs to no request: a late answer that libcurl before 8.0 would take for the
        // answer to the next one, or the end of the connection.
        shutDown(loop)
    }

    /// The transfer that used it last is over. If something came behind the response, nobody must get it, not even a
    /// request that is sent in this very turn, before the loop could tell: libcurl reads no further than the length of a
    /// body, and before 8.0 it takes a connection with unread bytes for one that is well. So it is told otherwise at its own
    /// look, which it takes before it sends; where it cannot be told, it is looked here and now.
    func ended(_ transfer: Transfer, in loop: EventLoop) {
        lastUsed = loop.now
        // An idle socket keeps none from being freed: a thousand of them would be many megabytes.
        if transfer === self.transfer { self.transfer = nil }
        // A Unix domain socket connects at once. If the response was there at once too, then libcurl has never waited for
        // the socket, and nobody listens to it yet.
        if !isRegistered, !isShutDown, wish.isNothing { set(.nothing, for: nil, in: loop) }
        // Another transfer may have it already, and then what is there is for that.
        lookIfIdle(in: loop)
    }

    private var isUsed: Bool {
        guard let transfer else { return false }
        return transfer.isActive && transfer.socket == descriptor
    }

    /// Shuts it down if it is idle and something has come.
    func lookIfIdle(in loop: EventLoop) {
        guard isRegistered, wish.isNothing, !isUsed, !isShared else { return }
        if isMuted || (!CurlLibrary.expectSilence(on: descriptor) && Socket(descriptor: descriptor).hasInput) {
            shutDown(loop)
        }
    }

    /// Since when libcurl has it in its pool, open and used by nobody; `nil` if it has not.
    var idleSince: MonotonicTime? {
        guard isRegistered, !isForeign, wish.isNothing, !isUsed else { return nil }
        return lastUsed
    }

    /// Empties the socket and shuts it down, so that libcurl finds it dead at the next look.
    func shutDown(_ loop: EventLoop) {
        loop.deregister(descriptor)
        isRegistered = false
        isMuted = false
        isShutDown = true
        let socket = Socket(descriptor: descriptor)
        socket.discardInput()
        socket.shutdownBoth()
    }

    func deregister(from loop: EventLoop) {
        if isRegistered { loop.deregister(descriptor) }
        isRegistered = false
    }

    /// libcurl has closed it without saying so, and its number is in use again.
    func forget(in loop: EventLoop) {
        if isRegistered { loop.forgetClosed(descriptor) }
        isRegistered = false
    }
}

/// Asked without `==`, which would be a generic call into the module that the type is from.
extension SocketWish {
    var isNothing: Bool {
        if case .nothing = self { true } else { false }
    }

    fileprivate var isToRead: Bool {
        switch self {
        case .readable, .both: true
        case .writable, .nothing: false
        }
    }
}
