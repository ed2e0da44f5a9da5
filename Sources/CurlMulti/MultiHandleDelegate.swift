// SPDX-License-Identifier: Apache-2.0

/// What libcurl wants to know of a socket.
package enum SocketWish: Sendable {
    case readable, writable, both
    /// Nothing: the transfer that used it is over or paused. The socket may stay open for the next one.
    case nothing
}

/// Watches sockets and time for a ``MultiHandle``. Called from inside libcurl, so it must call nothing of libcurl.
package protocol MultiHandleDelegate: AnyObject {
    /// libcurl wants to be told of `socket` from now on, or no more. `transfer` is whose it is, where libcurl says so.
    func multiHandle(_ multi: MultiHandle, wants wish: SocketWish, of socket: Int32, for transfer: Transfer?)
    /// libcurl wants ``MultiHandle/timeoutExpired()`` to be called after so many milliseconds, at the next opportunity
    /// for 0, or not at all for `nil`. It replaces the last such wish.
    func multiHandle(_ multi: MultiHandle, wantsTimeout milliseconds: Int?)
    /// libcurl has opened a socket. Nothing that was known of its number holds any longer.
    func multiHandle(_ multi: MultiHandle, opened socket: Int32)
    /// libcurl is about to close a socket.
    func multiHandle(_ multi: MultiHandle, willClose socket: Int32)
    /// `transfer` is paused on one of the sockets of which nothing is wanted, and libcurl has not said on which: it is the
    /// one that is bound to ``Transfer/localPort``. Returns it, if it can be told. libcurl itself says it only when the
    /// transfer is over.
    func multiHandle(_ multi: MultiHandle, socketOfUnseen transfer: Transfer) -> Int32?
}

extension MultiHandleDelegate {
    package func multiHandle(_ multi: MultiHandle, socketOfUnseen transfer: Transfer) -> Int32? { nil }
}
