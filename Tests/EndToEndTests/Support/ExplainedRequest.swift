// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

/// A request of which it is first asked what would become of it, and which then is sent.
struct ExplainedRequest: Sendable, CustomStringConvertible {
    var method = "GET"
    var target: String
    var host = "test.example"
    var fields: [String] = []
    var body = ""
    /// An address of the loopback.
    var from = "127.0.0.1"

    init(_ target: String) {
        self.target = target
    }

    init(
        _ method: String,
        _ target: String,
        host: String = "test.example",
        _ fields: [String] = [],
        body: String = "",
        from: String = "127.0.0.1"
    ) {
        self.method = method
        self.target = target
        self.host = host
        self.fields = fields
        self.body = body
        self.from = from
    }

    var description: String { "\(method) \(host)\(target) \(fields) from \(from)" }

    private var allFields: [String] { body.isEmpty ? fields : fields + ["Content-Length: \(body.utf8.count)"] }

    /// What `curlew explain` says of it, with the configuration of `gateway`.
    func explained(by gateway: GatewayProcess) throws -> JSONValue {
        let headers = allFields.flatMap { ["--header", $0] }
        let result = try GatewayProcess.run(
            ["explain", method, "http://\(host)\(target)", "--json", "--from", from, "--config", gateway.file] + headers
        )
        guard result.exit == .status(0) else { throw KitError.process("explain: \(result.errors)") }
        return try JSONValue(result.output.joined(separator: "\n"))
    }

    /// What comes of it.
    func sent(to gateway: GatewayProcess) throws -> ReceivedResponse {
        let client = try RawClient(port: gateway.port, from: from)
        let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"] + allFields
        try client.send(lines.map { "\($0)\r\n" }.joined() + "\r\n" + body)
        return try client.response(to: method)
    }

    /// The fields that a backend gets if exactly `changes` are made to those of the request: values by name in small letters,
    /// without those that say how the body is sent.
    func fields(with changes: [JSONValue]) -> [String: String] {
        var expected = grouped([("Host", host)] + allFields.map(pair))
        for change in changes {
            let name = change["name"]?.string?.lowercased() ?? ""
            expected[name] = change["after"]?.string
        }
        return expected
    }

    /// The same of what a backend has received.
    static func fields(of received: ReceivedRequest) -> [String: String] {
        let lines = received.headText.split(separator: "\r\n").dropFirst()
        return ExplainedRequest("/").grouped(lines.map { ExplainedRequest("/").pair(String($0)) })
    }

    private func pair(_ line: String) -> (String, String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        return (String(parts[0]), String(value))
    }

    private func grouped(_ pairs: [(String, String)]) -> [String: String] {
        let framing: Set = ["content-length", "transfer-encoding", "expect"]
        var groups: [String: [String]] = [:]
        for (name, value) in pairs where !framing.contains(name.lowercased()) {
            groups[name.lowercased(), default: []].append(value)
        }
        return groups.mapValues { $0.joined(separator: ", ") }
    }
}

extension JSONValue {
    var list: [JSONValue] { if case .array(let items) = self { items } else { [] } }

    /// Of an explanation: the backends in the order in which the request would get there.
    var order: [String] {
        let backends = self["forwarding"]?["destinations"]?.list.first?["backends"]?.list ?? []
        let ranked = backends.filter { $0["rank"] != nil }
        return ranked.sorted { $0["rank"]?.number ?? 0 < $1["rank"]?.number ?? 0 }.compactMap { $0["url"]?.string }
    }
}
