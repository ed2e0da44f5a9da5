// SPDX-License-Identifier: Apache-2.0

/// How far an exchange has come whose request is answered here.
struct LocalProgress {
    enum Phase {
        /// Not there yet, or over.
        case none
        /// The request body is being read.
        case receiving
        /// The answer is known; its time has not come.
        case waiting(LocalAnswer.Action)
        /// The answer is not known yet.
        case asking(any LocalWait)
        /// The head is sent, and the body so far.
        case streaming(any LocalStream)
        /// There will be no answer.
        case hanging
        /// The head is sent, and this much of the body.
        case sending(LocalBody, sent: UInt64)
    }

    var phase = Phase.none
    /// The request body so far, as much as the responder wants of it.
    var body: [UInt8] = []
    /// Goes on in the next turn of the loop: this one belongs to others too.
    var isYielding = false

    /// Bytes that one exchange may move in one turn.
    static let bytesPerTurn = 1 << 20
    /// Bytes that it moves at once.
    static let bytesAtOnce = 64 * 1024
    /// How long a client is left without an answer that is not meant to come.
    static let longestHang: UInt64 = 3_600_000_000_000
}
