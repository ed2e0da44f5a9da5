// SPDX-License-Identifier: Apache-2.0

/// One metric: its name, what kind it is, and what it means.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// With the unit, and `_total` where it counts.
    let name: String
    let kind: Kind
    /// Names of its labels.
    let labels: [String]
    let help: String

    init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// Every metric that there is, in the order in which they are shown.
    static let all: [MetricFamily] = gateway + pools + backends + process
}

// MARK: The gateway

extension MetricFamily {
    static let buildInfo = MetricFamily(
        "curlew_build_info",
        .gauge,
        ["version", "libcurl"],
        "Always 1; the labels say which Curlew and which libcurl run."
    )
    static let ready = MetricFamily("curlew_ready", .gauge, "1 while clients should be sent here, as /ready says.")
    static let configurations = MetricFamily(
        "curlew_configurations_total",
        .counter,
        "Configurations that were applied, the first included."
    )
    static let connections = MetricFamily("curlew_client_connections", .gauge, "Client connections that are open.")
    static let accepted = MetricFamily(
        "curlew_client_connections_accepted_total",
        .counter,
        "Client connections that were accepted, those that were refused then included."
    )
    static let refused = MetricFamily(
        "curlew_client_connections_refused_total",
        .counter,
        ["reason"],
        "Client connections that were refused, by the limit or rule."
    )
    static let droppedRecords = MetricFamily(
        "curlew_log_records_dropped_total",
        .counter,
        "Log records that nobody read in time."
    )
    static let limited = MetricFamily(
        "curlew_rate_limit_requests_total",
        .counter,
        ["limit"],
        "Requests that a rate limit has decided on, by its name."
    )
    static let exceeded = MetricFamily(
        "curlew_rate_limit_exceeded_total",
        .counter,
        ["limit"],
        "Those of them that were too many: turned away, or only logged by a dry run."
    )
    static let gateway = [
        buildInfo, ready, configurations, connections, accepted, refused, droppedRecords, limited, exceeded,
    ]

    private init(_ name: String, _ kind: Kind, _ help: String) {
        self.init(name, kind, [], help)
    }

    // MARK: Pools

    static let requests = MetricFamily(
        "curlew_requests_total",
        .counter,
        ["pool", "method", "code"],
        "Requests that are over, by the class of the status that the client got; none where it got none. An empty pool is that "
            + "of requests that went to none."
    )
    static let requestErrors = MetricFamily(
        "curlew_request_errors_total",
        .counter,
        ["pool", "reason"],
        "Requests that were not answered by a backend to the end, by what was in the way."
    )
    static let requestDuration = MetricFamily(
        "curlew_request_duration_seconds",
        .histogram,
        ["pool"],
        "From the first byte of the request to the last byte of the response."
    )
    static let requestBytes = MetricFamily(
        "curlew_request_body_bytes_total",
        .counter,
        ["pool"],
        "Bytes of request bodies that clients have sent."
    )
    static let responseBytes = MetricFamily(
        "curlew_response_body_bytes_total",
        .counter,
        ["pool"],
        "Bytes of response bodies that clients were sent."
    )
    static let inFlight = MetricFamily(
        "curlew_requests_in_flight",
        .gauge,
        ["pool"],
        "Requests at the pool's backends."
    )
    static let retries = MetricFamily(
        "curlew_retries_total",
        .counter,
        ["pool"],
        "Attempts that followed one that had failed."
    )
    static let hedges = MetricFamily(
        "curlew_hedges_total",
        .counter,
        ["pool"],
        "Attempts that were made beside one that was slow."
    )
    static let mirrored = MetricFamily(
        "curlew_mirrored_requests_total",
        .counter,
        ["pool"],
        "Copies of requests that were sent to the pool."
    )
    static let queued = MetricFamily(
        "curlew_queue_requests",
        .gauge,
        ["pool"],
        "Requests that wait for a backend with room."
    )
    static let queueWait = MetricFamily(
        "curlew_queue_wait_seconds",
        .histogram,
        ["pool"],
        "How long requests have waited for a backend with room, those that had to."
    )
    static let pools = [
        requests, requestErrors, requestDuration, requestBytes, responseBytes, inFlight, retries, hedges, mirrored,
        queued, queueWait,
    ]
}
