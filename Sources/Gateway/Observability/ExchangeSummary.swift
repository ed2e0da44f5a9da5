// SPDX-License-Identifier: Apache-2.0

/// What the log tells about one request, apart from its method and target. There is one of it: a copy would have each of its
/// parts counted.
package struct ExchangeSummary: ~Copyable {
    package var requestID: RequestID
    package var client: AddressText
    /// The backend's name, which is its URL, or `nil` when none was involved.
    package var backend: [UInt8]?
    /// The pool's name, or `nil` when no route was found.
    package var pool: [UInt8]?
    /// The name of the route, or `nil` when it has none or none was found.
    package var route: [UInt8]?
    /// The status sent to the client, 499 when the client was gone before there was one, or 0 when there was none for
    /// another reason.
    package var status: Int = 0
    /// How many backends were tried, the one of this record included; 0 when the request was refused before.
    package var attempts: Int = 0
    /// Bytes of the request's body received from the client.
    package var bytesIn: UInt64 = 0
    /// Bytes of the response's body sent to the client.
    package var bytesOut: UInt64 = 0
    /// From the first byte of the request to the last byte of the response.
    package var durationNanoseconds: UInt64 = 0
    /// How many of the attempts were made beside another.
    package var hedges: Int = 0
    /// How long the request has waited for a backend with room; `nil` when it has not.
    package var queuedNanoseconds: UInt64?
    /// The limit that the request was rejected by; `nil` when none was.
    package var limit: [UInt8]?
    /// A limit that is only watched and would have rejected the request.
    package var exceededInDryRun: [UInt8]?
    /// The phases of the last attempt, or `nil` when none got as far as to have any.
    package var upstream: UpstreamTimings?
    /// What its route says of whether it is logged; `nil` where that is as the gateway has it.
    package var access: LogConfiguration.Access?
    /// The client speaks HTTP/1.0. Only where ``AccessLog/wantsUser``.
    package var isHTTP10 = false
    /// It took longer than is well.
    package var isSlow = false
    /// What has gone wrong, and its trace; `nil` where there is neither.
    package var details: ExchangeDetails?

    package init(requestID: RequestID, client: AddressText, backend: [UInt8]? = nil, pool: [UInt8]? = nil) {
        self.requestID = requestID
        self.client = client
        self.backend = backend
        self.pool = pool
    }

    /// Whoever looks into what went wrong wants its record.
    var isRemarkable: Bool { status == 0 || status >= 400 || isSlow || hasFailed }

    /// It has, or one of its attempts.
    private var hasFailed: Bool {
        guard let details else { return false }
        return details.failure != nil || !details.tries.isEmpty
    }
}

/// How long the phases of an upstream exchange took, in microseconds, each counted from its start
/// (`CURLINFO_*_TIME_T`).
package struct UpstreamTimings: Sendable, Equatable {
    /// Whether the exchange went over a connection that was open already; the next three are 0 then.
    package var reused: Bool
    /// Until the name was resolved.
    package var dns: UInt64
    /// Until the TCP connection stood.
    package var connect: UInt64
    /// Until TLS was agreed on; 0 without TLS.
    package var tls: UInt64
    /// Until the first byte of the response.
    package var firstByte: UInt64
    /// Until the end.
    package var total: UInt64

    package init(
        reused: Bool = false,
        dns: UInt64 = 0,
        connect: UInt64 = 0,
        tls: UInt64 = 0,
        firstByte: UInt64 = 0,
        total: UInt64 = 0
    ) {
        self.reused = reused
        self.dns = dns
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
    }
}
