// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// What libcurl says of a transfer or a call (`CURLcode`), in libcurl's own spelling so that it can be searched for.
///
/// An open set: a newer libcurl may report codes that this file does not name.
package struct CurlCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ code: CURLcode) { rawValue = code.rawValue }

    package static let CURLE_OK = CurlCode(rawValue: 0)
    package static let CURLE_UNSUPPORTED_PROTOCOL = CurlCode(rawValue: 1)
    package static let CURLE_COULDNT_RESOLVE_PROXY = CurlCode(rawValue: 5)
    package static let CURLE_COULDNT_RESOLVE_HOST = CurlCode(rawValue: 6)
    package static let CURLE_COULDNT_CONNECT = CurlCode(rawValue: 7)
    package static let CURLE_WEIRD_SERVER_REPLY = CurlCode(rawValue: 8)
    package static let CURLE_HTTP2 = CurlCode(rawValue: 16)
    package static let CURLE_PARTIAL_FILE = CurlCode(rawValue: 18)
    package static let CURLE_WRITE_ERROR = CurlCode(rawValue: 23)
    package static let CURLE_UPLOAD_FAILED = CurlCode(rawValue: 25)
    package static let CURLE_OUT_OF_MEMORY = CurlCode(rawValue: 27)
    package static let CURLE_OPERATION_TIMEDOUT = CurlCode(rawValue: 28)
    package static let CURLE_SSL_CONNECT_ERROR = CurlCode(rawValue: 35)
    package static let CURLE_ABORTED_BY_CALLBACK = CurlCode(rawValue: 42)
    package static let CURLE_GOT_NOTHING = CurlCode(rawValue: 52)
    package static let CURLE_SEND_ERROR = CurlCode(rawValue: 55)
    package static let CURLE_RECV_ERROR = CurlCode(rawValue: 56)
    package static let CURLE_SSL_CERTPROBLEM = CurlCode(rawValue: 58)
    package static let CURLE_PEER_FAILED_VERIFICATION = CurlCode(rawValue: 60)
    package static let CURLE_SSL_CACERT_BADFILE = CurlCode(rawValue: 77)
    package static let CURLE_SSL_PINNEDPUBKEYNOTMATCH = CurlCode(rawValue: 90)
    package static let CURLE_HTTP2_STREAM = CurlCode(rawValue: 92)
    package static let CURLE_TOO_LARGE = CurlCode(rawValue: 100)
    package static let CURLE_SEND_FAIL_REWIND = CurlCode(rawValue: 65)

    /// libcurl's own words for the code.
    package var description: String {
        let text = unsafe curl_easy_strerror(CURLcode(rawValue: rawValue))
        return unsafe text.map { unsafe String(cString: $0) } ?? "libcurl error \(rawValue)"
    }
}

/// A call into libcurl that should never fail, and did: out of memory, or an option that this libcurl was built without.
package struct CurlError: Error, Sendable, CustomStringConvertible {
    /// What was called, in libcurl's words.
    package let call: String
    /// What libcurl said.
    package let reason: String

    init(_ call: String, _ code: CURLcode) {
        self.call = call
        reason = CurlCode(code).description
    }

    init(_ call: String, _ code: CURLMcode) {
        self.call = call
        reason = unsafe curl_multi_strerror(code).map { unsafe String(cString: $0) } ?? "multi error \(code.rawValue)"
    }

    package var description: String { "\(call): \(reason)" }
}
