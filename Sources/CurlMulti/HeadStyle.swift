// SPDX-License-Identifier: Apache-2.0

/// How a request's head is handed to libcurl.
///
/// libcurl writes the fields of a `curl_slist` byte by byte through its own `printf`, some 90 instructions for each byte,
/// but it copies the request target in one go and looks at none of it. So the whole head is given to it as the target:
/// that saved 31,000 of the 107,000 instructions of a small request (callgrind). It is not documented, so each process tries
/// it once before it relies on it.
package enum HeadStyle: Sendable {
    /// All of the head is in `CURLOPT_REQUEST_TARGET`.
    case wholeText
    /// The fields are in `CURLOPT_HTTPHEADER`, the documented way.
    case list

    /// The style for the libcurl that runs, found out at the first use.
    package static let proven: HeadStyle = HeadTrial().succeeds() ? .wholeText : .list
}
