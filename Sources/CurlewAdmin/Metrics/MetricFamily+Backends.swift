// SPDX-License-Identifier: Apache-2.0

extension MetricFamily {
    private static func ofBackend(
        _ name: String,
        _ kind: Kind,
        by label: String? = nil,
        _ help: String
    ) -> MetricFamily {
        MetricFamily("curlew_backend_" + name, kind, ["pool", "backend"] + (label.map { [$0] } ?? []), help)
    }

    // MARK: Backends

    static let up = ofBackend("up", .gauge, "1 while the backend may be given requests: healthy and not ejected.")
    static let ejected = ofBackend("ejected", .gauge, "1 while the backend is kept out because it answers badly.")
    static let transitions = ofBackend(
        "transitions_total",
        .counter,
        by: "to",
        "How often the backend was put into rotation (up) and taken out of it (down)."
    )
    static let ejections = ofBackend(
        "ejections_total",
        .counter,
        "How often the backend was taken out because it answered badly."
    )
    static let weight = ofBackend("weight_ratio", .gauge, "The backend's weight beside that of the others.")
    static let backendInFlight = ofBackend("requests_in_flight", .gauge, "Requests at the backend.")
    static let attempts = ofBackend(
        "attempts_total",
        .counter,
        "Attempts at the backend that are over: requests, retries, hedges and copies."
    )
    static let failures = ofBackend(
        "failures_total",
        .counter,
        "Attempts that failed for the backend's sake or were answered with 5xx."
    )
    static let responses = ofBackend(
        "responses_total",
        .counter,
        by: "code",
        "Answers of the backend by the class of their status."
    )
    static let errors = ofBackend(
        "errors_total",
        .counter,
        by: "reason",
        "Attempts that did not come to their end, by what was in the way."
    )
    static let opened = ofBackend("connections_opened_total", .counter, "Attempts that had to open a connection.")
    static let sentBytes = ofBackend("sent_body_bytes_total", .counter, "Bytes of request bodies sent to the backend.")
    static let receivedBytes = ofBackend(
        "received_body_bytes_total",
        .counter,
        "Bytes of response bodies received from the backend."
    )
    static let connect = ofBackend(
        "connect_seconds",
        .histogram,
        "Until the connection stood, of attempts that had to open one."
    )
    static let firstByte = ofBackend(
        "first_byte_seconds",
        .histogram,
        "From the start of an attempt to the first byte of its answer."
    )
    static let total = ofBackend("duration_seconds", .histogram, "From the start of an attempt to its end.")
    static let backends = [
        up, ejected, transitions, ejections, weight, backendInFlight, attempts, failures, responses, errors, opened,
        sentBytes, receivedBytes, connect, firstByte, total,
    ]

    // MARK: The process, as every exporter has it

    static let cpu = MetricFamily(
        "process_cpu_seconds_total",
        .counter,
        [],
        "Processor time that the process has used."
    )
    static let memory = MetricFamily(
        "process_resident_memory_bytes",
        .gauge,
        [],
        "Memory that the process holds."
    )
    static let openFiles = MetricFamily("process_open_fds", .gauge, [], "Files and sockets that are open.")
    static let maximumFiles = MetricFamily("process_max_fds", .gauge, [], "Files and sockets that may be open.")
    static let startTime = MetricFamily(
        "process_start_time_seconds",
        .gauge,
        [],
        "When the process was started, since 1970."
    )
    static let process = [cpu, memory, openFiles, maximumFiles, startTime]
}
