// SPDX-License-Identifier: Apache-2.0

extension ParseError {
    /// The status that a client gets for it.
    package var status: Int {
        switch self {
        case .requestLineTooLong: 414
        case .unknownExpectation: 417
        case .headTooLarge, .tooManyFields, .connectionListsTooLong: 431
        case .unknownTransferCoding: 501
        case .unsupportedVersion: 505
        default: 400
        }
    }

    /// One sentence that tells the client what to mend.
    package var reason: StaticString {
        switch self {
        case .tlsOnPlainPort: "this port speaks plain HTTP: use http:// or the TLS port"
        case .badMethod: "the request must begin with a method and one space"
        case .badTarget: "the request target must be visible ASCII characters without #: percent-encode the others"
        case .badTargetForm: "the target must be a path or an http:// URI, * with OPTIONS, host:port with CONNECT"
        case .missingVersion: "the request line must end in HTTP/1.1 or HTTP/1.0: HTTP/0.9 is not spoken here"
        case .badVersion: "the request line must end in HTTP/1.1 or HTTP/1.0 and CRLF"
        case .unsupportedVersion: "only HTTP/1.1 and HTTP/1.0 are spoken here"
        case .requestLineTooLong: "the request line is too long: shorten the URL"
        case .headTooLarge: "the header fields are too large: send fewer or shorter ones"
        case .tooManyFields: "there are too many header fields: send fewer"
        default: lineReason
        }
    }

    private var lineReason: StaticString {
        switch self {
        case .bareLineFeed: "every line must end in CRLF: there is LF without CR"
        case .bareCarriageReturn: "every line must end in CRLF: there is CR without LF"
        case .foldedLine: "a header line may not begin with a space: put each field on one line"
        case .emptyFieldName: "a header line begins with a colon: give the field a name"
        case .spaceBeforeColon: "remove the space between field name and colon"
        case .badFieldName: "a field name has a character that is not allowed there"
        case .missingColon: "a header line has no colon"
        case .badFieldValue: "a field value has a control character"
        case .badChunkSize: "a chunk must begin with its size in hexadecimal digits and CRLF"
        case .chunkSizeTooLarge: "a chunk size is too large"
        case .badChunkExtension: "a chunk extension has a control character"
        case .chunkExtensionsTooLong: "the chunk extensions are too long: send none"
        case .badChunkEnd: "the data of a chunk must be as long as its size says and end in CRLF"
        case .forbiddenTrailer: "Host, Content-Length and Transfer-Encoding are not allowed as trailers"
        case .mimicInTrailers:
            "a trailer may not look like a field of the gateway's, as X_Forwarded_For does: write - for _, or rename it"
        default: meaningReason
        }
    }

    private var meaningReason: StaticString {
        switch self {
        case .connectionListsTooLong: "Connection and Upgrade are too long: name only what is there"
        case .missingHost: "an HTTP/1.1 request must have a Host header"
        case .repeatedHost: "send the Host header once"
        case .badHost: "Host must be a host name or address, with an optional port and nothing else"
        case .badContentLength: "Content-Length must be one decimal number"
        case .repeatedContentLength: "send Content-Length once"
        case .lengthWithTransferEncoding: "send either Content-Length or Transfer-Encoding, not both"
        case .badTransferEncoding: "Transfer-Encoding must be chunked, once and last"
        case .unknownTransferCoding: "the only transfer coding understood here is chunked"
        case .transferEncodingInHTTP10: "HTTP/1.0 has no Transfer-Encoding: send Content-Length or use HTTP/1.1"
        case .bodyNotAllowed: "a TRACE request may not have a body"
        case .unknownExpectation: "the only expectation understood here is 100-continue"
        case .badMaxForwards: "Max-Forwards must be one decimal number"
        default: "the message is malformed"
        }
    }
}
