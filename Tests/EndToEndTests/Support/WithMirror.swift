// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

/// Runs `body` with a gateway whose one route goes to `main`, with copies to `shadow`. The log is JSON.
///
/// - Parameters:
///   - main: The backends of the pool `web`, or just one.
///   - shadow: The one backend of the pool `shadow`.
///   - members: Further members of the mirror, such as `concurrency: 3`.
///   - adjust: Changes other settings; members of a pool are those of both.
///   - body: What is to be done.
/// - Throws: What `body` does, with what the gateway has logged.
func withMirror(
    _ main: FakeOrigin,
    _ shadow: FakeOrigin,
    _ members: [String] = [],
    _ adjust: (inout GatewaySettings) -> Void = { _ in },
    _ body: (GatewayProcess) throws -> Void
) throws {
    let settings: (inout GatewaySettings) -> Void = {
        $0.logFormat = "json"
        $0.pools = [("web", [main.url]), ("shadow", [shadow.url])]
        let mirror = (["pool: shadow"] + members).joined(separator: ", ")
        $0.routes = "  - { name: all, pool: web, mirror: { \(mirror) } }"
        adjust(&$0)
    }
    try withGateway([main, shadow], settings, body)
}

/// A request with a chunked body and what ends it.
func chunked(_ method: String, _ target: String = "/", pieces: [String], trailers: String = "") -> String {
    let chunks = pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }
    return request(method, target, fields: ["Transfer-Encoding: chunked"]) + chunks.joined() + "0\r\n\(trailers)\r\n"
}
