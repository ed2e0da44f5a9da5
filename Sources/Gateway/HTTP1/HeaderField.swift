// SPDX-License-Identifier: Apache-2.0

/// One field line, as offsets into the bytes of its head: nothing is copied, so case and order stay as they were sent.
package struct HeaderField: Equatable, Sendable {
    /// Offset of the first byte of the name.
    package var nameStart: UInt32
    /// Bytes of the name, at least 1.
    package var nameLength: UInt32
    /// Offset of the first byte of the value, without the whitespace around it (RFC 9112 §5.1).
    package var valueStart: UInt32
    /// Bytes of the value, possibly 0.
    package var valueLength: UInt32
    /// Which of the fields that the gateway has to do with this is.
    package var known: KnownHeader

    /// Where the name stands.
    package var name: Range<Int> {
        Int(nameStart)..<Int(nameStart &+ nameLength)
    }

    /// Where the value stands.
    package var value: Range<Int> {
        Int(valueStart)..<Int(valueStart &+ valueLength)
    }

    /// Where name, colon, whitespace and value stand together: what can be handed on as it is.
    package var line: Range<Int> {
        Int(nameStart)..<Int(valueStart &+ valueLength)
    }
}
