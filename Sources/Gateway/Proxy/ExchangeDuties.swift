// SPDX-License-Identifier: Apache-2.0

/// What an exchange has to see to beside handing bytes on. For most it is nothing, and that is found out by one look.
struct ExchangeDuties: OptionSet {
    let rawValue: UInt8

    /// The attempt has time limits of its own.
    static let timing = ExchangeDuties(rawValue: 1)
    /// Somebody wants to know how the backend has answered, or the answer may not be the last word.
    static let judging = ExchangeDuties(rawValue: 2)
    /// The pool takes only so many requests at once.
    static let gate = ExchangeDuties(rawValue: 4)
    /// There is, or was, another attempt, a place at the pool's gate to be given back, or a copy that is not complete.
    static let cleaningUp = ExchangeDuties(rawValue: 8)

    /// The route's requests, or some of them, are copied.
    static let mirroring = ExchangeDuties(rawValue: 16)
    /// A backend may need the whole body before it is sent anything.
    static let collecting = ExchangeDuties(rawValue: 32)
    /// The answer passes for want of a place for another attempt, and the client is told so.
    static let excusing = ExchangeDuties(rawValue: 64)

    /// Those that are known before a request comes.
    init(_ retry: RetryPolicy, _ pool: SharedPool?, hasMirror: Bool, signs: Bool) {
        self = []
        if retry.isTimed { insert(.timing) }
        if hasMirror { insert(.mirroring) }
        if signs { insert(.collecting) }
        if pool?.gate != nil { insert([.gate, .judging]) }
        if retry.hasStatuses || pool?.health.watchesAnswers == true { insert(.judging) }
    }

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }
}
