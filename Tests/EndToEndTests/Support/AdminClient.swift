// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc

/// Runs `body` with a gateway before `origins` that has an admin listener.
func withAdmin(
    _ origins: [FakeOrigin],
    _ adjust: (inout GatewaySettings) -> Void = { _ in },
    _ body: (GatewayProcess, AdminClient) throws -> Void
) throws {
    try withGateway(
        origins,
        {
            $0.top = [AdminClient.setting]
            adjust(&$0)
        },
        { try body($0, AdminClient($0)) }
    )
}

/// Asks the admin listener of a gateway that has one.
struct AdminClient {
    let port: UInt16

    /// What makes a gateway have one, on a port that the kernel chooses.
    static let setting = "admin: { listen: \"127.0.0.1:0\" }"

    /// Waits until the gateway has said where it listens.
    init(_ gateway: GatewayProcess) throws {
        // Alike in all forms of the log.
        let message = /Admin API running on port (\d+)/
        let line = try gateway.messages.wait(for: "the admin API to run") { $0.contains(message) }[0]
        guard let port = line.firstMatch(of: message).flatMap({ UInt16($0.1) }) else { throw KitError.malformed(line) }
        self.port = port
    }

    func get(_ path: String, fields: [String] = [], method: String = "GET") throws -> ReceivedResponse {
        let lines =
            (["\(method) \(path) HTTP/1.1"] + (fields.contains { $0.hasPrefix("Host:") } ? [] : ["Host: localhost"]))
        let client = try RawClient(port: port)
        try client.send((lines + fields).joined(separator: "\r\n") + "\r\n\r\n")
        return try client.response(to: method)
    }

    /// One request that changes something, as it has to be asked for.
    func write(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        fields: [String] = ["Content-Type: application/json"]
    ) throws -> ReceivedResponse {
        let client = try RawClient(port: port)
        try client.send(AdminClient.request(method, path, body, fields: fields))
        return try client.response(to: method)
    }

    static func request(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        fields: [String] = ["Content-Type: application/json"]
    ) -> String {
        let host = fields.contains { $0.hasPrefix("Host:") } ? [] : ["Host: localhost"]
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(path) HTTP/1.1"] + host + fields + length
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// The path of each backend of a pool, in their order.
    func backends(of pool: String = "web") throws -> [String] {
        let backends = try json("/v1/pools/\(pool)")["backends"]?.array ?? []
        return backends.map { "/v1/pools/\(pool)/backends/\($0["id"]?.string ?? "")" }
    }

    func json(_ path: String) throws -> JSONValue {
        let response = try get(path)
        guard response.status == 200 else { throw KitError.process("\(path): \(response.headText)\(response.text)") }
        return try JSONValue(response.text)
    }

    /// Waits until a member of the pool `web`, such as `queued`, is this number.
    func wait(for member: String, toBe number: Int) throws {
        let deadline = Deadline.usual
        while true {
            let value = try json("/v1/pools/web")[member]?.number
            if value == Double(number) { return }
            guard !deadline.hasPassed else {
                throw KitError.process("\(member) is \(value.map { "\($0)" } ?? "nothing"), and not \(number)")
            }
            // Whoever asks without a pause keeps the gateway from what it is asked about.
            usleep(2000)
        }
    }

    /// The samples by name and labels, as they stand in the text.
    func metrics() throws -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in try get("/metrics").text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                throw KitError.malformed(String(line))
            }
            guard samples.updateValue(value, forKey: String(line[..<space])) == nil else {
                throw KitError.malformed("\(line) stands there twice")
            }
        }
        return samples
    }

    /// Asks until the metrics satisfy `holds`, and returns them: what is counted comes at the end of a request, of which its
    /// client may hear first, and a text is kept for a moment.
    @discardableResult
    func waitForMetrics(_ what: String, _ holds: ([String: Double]) -> Bool) throws -> [String: Double] {
        let deadline = Deadline.usual
        while true {
            let metrics = try metrics()
            if holds(metrics) { return metrics }
            guard !deadline.hasPassed else { throw KitError.process("\(what): \(metrics.filter { $0.value > 0 })") }
        }
    }
}
