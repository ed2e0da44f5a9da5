// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the bytes of a message. The connection they came on cannot be read any further.
package enum ParseError: Error, Equatable, Sendable, CaseIterable {
    // The request line

    /// A TLS ClientHello on a port that speaks plain HTTP.
    case tlsOnPlainPort
    /// A method that is not a token followed by one space (RFC 9112 §3.1, RFC 9110 §9.1); also more empty
    /// lines before the request line than a few, of which §2.2 lets a server ignore one or more.
    case badMethod
    /// An empty target, or one with a byte that is not visible ASCII, or with `#` (RFC 9112 §3.2).
    case badTarget
    /// A target in none of the four forms, or in a form that its method may not use (RFC 9112 §3.2.1 to §3.2.4).
    case badTargetForm
    /// A request line without a version: HTTP/0.9 (RFC 9112 §3).
    case missingVersion
    /// Something other than `HTTP/` digit `.` digit and CRLF where the version stands (RFC 9112 §2.3).
    case badVersion
    /// A major version other than 1, the HTTP/2 preface included (RFC 9110 §15.6.6).
    case unsupportedVersion
    /// A request line longer than ``HTTPLimits/requestLineBytes`` (RFC 9112 §3).
    case requestLineTooLong

    // Lines and fields

    /// A line that ends in LF without CR (RFC 9112 §2.2 allows a recipient to take it; two recipients that differ here
    /// read two different messages).
    case bareLineFeed
    /// A CR that no LF follows (RFC 9112 §2.2).
    case bareCarriageReturn
    /// A line that begins with whitespace: obs-fold, or a space before the first field (RFC 9112 §5.2 and §2.2).
    case foldedLine
    /// A field line that begins with a colon (RFC 9110 §5.1).
    case emptyFieldName
    /// Whitespace between field name and colon (RFC 9112 §5.1: a server must reject it).
    case spaceBeforeColon
    /// A field name with a byte that is no token character (RFC 9110 §5.1).
    case badFieldName
    /// A line among the fields that ends before any colon (RFC 9112 §5).
    case missingColon
    /// A control byte in a field value (RFC 9110 §5.5).
    case badFieldValue
    /// A head longer than ``HTTPLimits/headerBytes``, or a longer trailer section than allowed (RFC 6585 §5).
    case headTooLarge
    /// More fields than ``HTTPLimits/headerCount``, or than a trailer section may have (RFC 6585 §5).
    case tooManyFields

    // What the fields say

    /// More than 1 KiB in Connection and Upgrade together, which are lists of a few words (RFC 6585 §5).
    case connectionListsTooLong
    /// HTTP/1.1 without Host (RFC 9112 §3.2).
    case missingHost
    /// More than one Host (RFC 9112 §3.2).
    case repeatedHost
    /// Host, or the authority of an absolute target, is not a host with an optional port (RFC 9112 §3.2, RFC 9110 §7.2);
    /// user information counts as wrong (RFC 9110 §4.2.4), and so does an empty host (§4.2.1).
    case badHost
    /// Content-Length is not digits alone, or is too large for 63 bits (RFC 9110 §8.6).
    case badContentLength
    /// More than one Content-Length, be they equal (RFC 9112 §6.3 lets a recipient reject those too).
    case repeatedContentLength
    /// Content-Length beside Transfer-Encoding (RFC 9112 §6.3).
    case lengthWithTransferEncoding
    /// Transfer-Encoding that is not a list of codings in which `chunked` stands once and last (RFC 9112 §6.1 and §7).
    case badTransferEncoding
    /// A transfer coding other than `chunked` (RFC 9112 §6.1: 501).
    case unknownTransferCoding
    /// Transfer-Encoding in an HTTP/1.0 message (RFC 9112 §6.1: the framing is to be taken as faulty).
    case transferEncodingInHTTP10
    /// A body where the method forbids one: TRACE (RFC 9110 §9.3.8).
    case bodyNotAllowed
    /// An expectation other than `100-continue` (RFC 9110 §10.1.1).
    case unknownExpectation
    /// Max-Forwards of a TRACE or OPTIONS that is not one decimal number (RFC 9110 §7.6.2): a request that asks not to
    /// go far must not go further than it asks.
    case badMaxForwards

    // Chunked bodies

    /// A chunk size that is not hexadecimal digits, or is followed by something else than `;` or CRLF (RFC 9112 §7.1).
    case badChunkSize
    /// A chunk size of more than 16 digits or 63 bits (RFC 9112 §7.1: recipients must anticipate large numerals).
    case chunkSizeTooLarge
    /// A control byte in a chunk extension (RFC 9112 §7.1.1).
    case badChunkExtension
    /// More extension bytes than ``HTTPLimits/chunkExtensionBytes`` (RFC 9112 §7.1.1).
    case chunkExtensionsTooLong
    /// Chunk data that is not followed by CRLF (RFC 9112 §7.1).
    case badChunkEnd
    /// A trailer field that would change framing or routing (RFC 9110 §6.5.1).
    case forbiddenTrailer
    /// A trailer whose name only looks like that of a field which the gateway frames by, drops or sets; see
    /// ``KnownHeader/isGuarded``.
    case mimicInTrailers
}
