// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

/// Asks the admin listener of a gateway that has one.
struct AdminClient {
    let port: UInt16

    /// What makes a gateway have one, on a port that the kernel chooses.
    static let setting = "admin: { listen: \"127.0.0.1:0\" }"

    /// Waits until the gateway has said where it listens.
    init(_ gateway: GatewayProcess) throws {
        let prefix = "INFO: Admin API running on port "
        let line = try gateway.log.wait(forPrefix: prefix)
        guard let port = UInt16(line.dropFirst(prefix.count)) else { throw KitError.malformed(line) }
        self.port = port
    }

    func get(_ path: String, fields: [String] = [], method: String = "GET") throws -> ReceivedResponse {
        let lines =
            (["\(method) \(path) HTTP/1.1"] + (fields.contains { $0.hasPrefix("Host:") } ? [] : ["Host: localhost"]))
        let client = try RawClient(port: port)
        try client.send((lines + fields).joined(separator: "\r\n") + "\r\n\r\n")
        return try client.response(to: method)
    }

    func json(_ path: String) throws -> JSONValue {
        let response = try get(path)
        guard response.status == 200 else { throw KitError.process("\(path): \(response.headText)\(response.text)") }
        return try JSONValue(response.text)
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
