// SPDX-License-Identifier: Apache-2.0

/// A request method, as far as the gateway treats methods differently. Names are case-sensitive (RFC 9110 §9.1), so `get`
/// is `other`, and passes through like every method that is not listed.
package enum Method: UInt8, Sendable, CaseIterable {
    case get, head, post, put, delete, connect, options, trace, patch, other

    /// Whether sending the request twice is meant to have the effect of sending it once (RFC 9110 §9.2.2). A method that
    /// is not known here is not.
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .connect, .patch, .other: false
        }
    }

    /// The method that `range` of `bytes` names, which must be a token: then no byte of it is 0, and words differ where
    /// lengths do.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count <= 8 else {
            self = .other
            return
        }
        var word: UInt64 = 0
        for index in range { word = word << 8 | UInt64(bytes[index]) }
        self =
            switch word {
            case 0x0047_4554: .get  // "GET", each byte its ASCII code; so too the others.
            case 0x4845_4144: .head
            case 0x504F_5354: .post
            case 0x0050_5554: .put
            case 0x4445_4C45_5445: .delete
            case 0x0043_4F4E_4E45_4354: .connect
            case 0x004F_5054_494F_4E53: .options
            case 0x54_5241_4345: .trace
            case 0x50_4154_4348: .patch
            default: .other
            }
    }
}
