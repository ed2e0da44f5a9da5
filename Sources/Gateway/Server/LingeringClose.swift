// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// How long a client that has its last answer is still listened to.
///
/// RFC 9112 §9.6: a server that closes while the client is still sending "risks" that the client never reads the answer,
/// since a reset destroys what has arrived and was not read. So the gateway says that it will send no more and goes on
/// reading, until the client closes, is silent, or has had its time. Pure: time is passed in.
struct LingeringClose {
    /// Silence for this long, in nanoseconds, means that the client has read its answer or never will: 2 s.
    static let silence: UInt64 = 2_000_000_000

    private let end: MonotonicTime

    /// In all it may take `total` nanoseconds from `now` on.
    init(startedAt now: MonotonicTime, total: UInt64) {
        end = now.advanced(byNanoseconds: total)
    }

    /// When to close if nothing comes after `now`.
    func deadline(at now: MonotonicTime) -> MonotonicTime {
        min(end, now.advanced(byNanoseconds: LingeringClose.silence))
    }
}
