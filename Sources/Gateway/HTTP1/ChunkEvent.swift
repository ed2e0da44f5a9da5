// SPDX-License-Identifier: Apache-2.0

/// What a ``ChunkedDecoder`` found in its input.
package enum ChunkEvent: Equatable, Sendable {
    /// After `skip` bytes of framing stand `length` bytes of body, at least 1. Call again with what follows them.
    case data(skip: Int, length: Int)
    /// The input is used up without more of the body in it; `consumed` is all of it.
    case needMore(consumed: Int)
    /// The body is over; its last byte is the one before `consumed`. What follows is the next message.
    case end(consumed: Int)
    /// The framing is broken, and with it the connection.
    case invalid(ParseError)
}
