// SPDX-License-Identifier: Apache-2.0

import Foundation
import Gateway
import Testing

@testable import CurlewExplain

/// The two forms in which an explanation is told.
@Suite struct FormTests {
    private static let yaml = """
        trusted_proxies: [10.0.0.0/8]
        rate_limit: { requests: 1000 }
        pools:
          web: { strategy: ip_hash, backends: ["http://b0:1", { url: "http://b1:1", weight: 2, max_connections: 3 }] }
        routes:
          - { name: a, path: /a, strip_prefix: /a, pool: web, request_headers: { set: { X-Env: prod } } }
          - { pool: web }
        """

    private func object(_ explanation: Explanation) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(explanation.json.utf8))
        return try #require(value as? [String: Any])
    }

    @Test func namesInJSONAreInSnakeCaseAndWhatDoesNotApplyIsLeftOut() throws {
        let json = try object(try explain("GET", "http://x/a/b", in: Self.yaml))
        #expect(
            Set(json.keys) == [
                "schema", "request", "client", "result", "route", "passed_over", "passed_over_in_all", "admission",
                "forwarding",
            ]
        )
        #expect(json["schema"] as? Int == 1)
        let client = try #require(json["client"] as? [String: Any])
        #expect(client["trusted_proxy"] as? Bool == false)
        let forwarding = try #require(json["forwarding"] as? [String: Any])
        #expect(forwarding["backend_target"] as? String == "/b")
        let destination = try #require((forwarding["destinations"] as? [[String: Any]])?.first)
        #expect(destination["state_known"] as? Bool == false)
        #expect((destination["timeouts"] as? [String: Any])?["first_byte_ms"] as? Int == 30_000)
        let backends = try #require(destination["backends"] as? [[String: Any]])
        #expect(backends.map { $0["url"] as? String } == ["http://b0:1", "http://b1:1"])
        #expect(backends[1]["max_connections"] as? Int == 3)
    }

    @Test func jsonIsTheSameEachTime() throws {
        let first = try explain("GET", "http://x/a/b", in: Self.yaml).json
        #expect(try explain("GET", "http://x/a/b", in: Self.yaml).json == first)
    }

    @Test func linesFitATerminal() throws {
        let headers = (0..<9).map { "X-Header-With-A-Name-\($0): several words of a value that is not short at all" }
        let text = try explain("POST", "http://x/a/b", headers + ["Connection: X-Header-With-A-Name-3"], in: Self.yaml)
            .text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(text.contains("PATH       /a/b -> /b\n"))
        #expect(text.contains("+ X-Env: prod (route)\n"))
        #expect(text.contains("RESULT     forwarded to http://b"))
    }

    @Test func aLongWordStaysWhole() {
        let word = String(repeating: "x", count: 100)
        #expect(TextLayout.wrap("a \(word) b", to: 69) == ["a", word, "b"])
    }

    @Test func nothingAClientWritesMovesTheCursor() throws {
        let escape = try explain("GET", "http://x/a", ["X-A: \u{9B}2J", "Connection: X-A"], in: Self.yaml).text
        #expect(!escape.contains("\u{9B}"))
        let turned = try explain("GET", "http://x/\u{202E}abc", in: Self.yaml).text
        #expect(!turned.contains("\u{202E}"))
    }

    @Test(arguments: [(250, "250 ms"), (1500, "1500 ms"), (3000, "3 s"), (120_000, "2 min"), (3_600_000, "1 h")])
    func timesAreWrittenInTheLargestUnit(milliseconds: Int, text: String) {
        #expect(time(milliseconds) == text)
    }
}
