// SPDX-License-Identifier: Apache-2.0

/// What the log tells of one attempt of a request, in the record of a request that needed more than one or has failed.
package struct AttemptRecord: Sendable {
    /// The backend's name.
    package var backend: [UInt8]
    /// The status of the backend's answer; 0 when there was none.
    package var status = 0
    /// Why it came to nothing; `nil` for the attempt that was good.
    package var error: String?
    /// What libcurl said of it, in its own words; `nil` when it was not libcurl that ended it.
    package var libcurl: String?
    /// From the first byte of the request to the beginning of the attempt.
    package var beganNanoseconds: UInt64 = 0
    package var durationNanoseconds: UInt64 = 0
    /// `nil` when it never got so far as to send.
    package var upstream: UpstreamTimings?
    /// The attempt's span; `nil` where requests are not traced.
    package var span: SpanID?

    package init(backend: [UInt8]) {
        self.backend = backend
    }
}
