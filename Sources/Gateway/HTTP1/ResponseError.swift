// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the head of a backend's response. The client gets 502, and the upstream connection is not used again.
package enum ResponseError: Error, Equatable, Sendable {
    /// The first line is not `HTTP/1.1` or `HTTP/1.0`, a space, three digits and perhaps a reason (RFC 9112 §4).
    case badStatusLine
    /// A status below 100 or above 599 (RFC 9110 §15).
    case badStatus
    /// A field line that is malformed or too large, or a field that says something ambiguous; as in requests.
    case malformed(ParseError)
    /// A line that does not end in CRLF, or one behind the head.
    case badLine
    /// More interim responses than ``HTTPLimits/interimCount``.
    case tooManyInterimResponses

    /// What to look for at the backend, for the log.
    package var reason: StaticString {
        switch self {
        case .badStatusLine: "the response does not begin with a valid HTTP/1.1 or HTTP/1.0 status line"
        case .badStatus: "the status is not between 100 and 599"
        case .badLine: "a line of the response head does not end in CRLF"
        case .tooManyInterimResponses: "there are too many interim responses (1xx) before the response"
        case .malformed(let error):
            switch error {
            case .headTooLarge: "the header fields of the response are too large"
            case .tooManyFields: "the response has too many header fields"
            default: error.reason
            }
        }
    }
}
