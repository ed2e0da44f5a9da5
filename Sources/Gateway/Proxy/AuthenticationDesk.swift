// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// One worker's exchanges that wait for their password to be verified. It belongs to the worker's thread.
///
/// An exchange is known by a ticket that is never given twice, so a verdict that comes when its client has left, and the
/// object is at work for somebody else, reaches nobody.
final class AuthenticationDesk: EventHandler {
    private let checker: PasswordChecker
    private let inbox: VerdictInbox
    private unowned let loop: EventLoop
    private var waiting: [UInt64: Exchange] = [:]
    private var lastTicket: UInt64 = 0

    init(_ checker: PasswordChecker, on loop: EventLoop) throws(SystemError) {
        self.checker = checker
        self.loop = loop
        inbox = try VerdictInbox()
        try loop.register(inbox.wakeup.descriptor, .readable, handler: self)
    }

    /// How long an exchange waits for a verdict, in nanoseconds.
    var longestWait: UInt64 { checker.longestWait }

    /// Has the credentials verified, and the exchange told by ``Exchange/verified(_:)``.
    ///
    /// - Returns: The ticket to be given back when the exchange waits no more; `nil` if too many wait already.
    func verify(
        _ credentials: BasicCredentials,
        tag: SipHash.Tag,
        by authenticator: BasicAuthenticator,
        for exchange: Exchange
    ) -> UInt64? {
        lastTicket += 1
        let waiter = PasswordChecker.Waiter(inbox: inbox, ticket: lastTicket)
        guard checker.verify(credentials, tag: tag, by: authenticator, for: waiter) else { return nil }
        waiting[lastTicket] = exchange
        return lastTicket
    }

    /// Nobody waits for this verdict any more.
    func forget(_ ticket: UInt64) {
        waiting[ticket] = nil
    }

    func handle(_ readiness: Readiness, on descriptor: Int32) {
        for (ticket, verdict) in inbox.takeAll() {
            waiting.removeValue(forKey: ticket)?.verified(verdict)
        }
    }

    /// The loop keeps its handlers: this must come before the worker ends.
    func close() {
        loop.deregister(inbox.wakeup.descriptor)
        waiting.removeAll()
    }
}
