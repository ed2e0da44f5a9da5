// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// `curlew explain`, the command itself.
@Suite(.threads(.few)) struct ExplainTests {
    private func run(
        _ arguments: [String],
        yaml: String? = "backends: [\"http://b0:1\"]\n",
        environment: [String: String] = [:]
    ) throws -> (exit: ChildProcess.Exit, output: [String], errors: [String]) {
        let folder = try TemporaryFolder()
        let file = try yaml.map { try folder.write($0, to: "curlew.yaml") }
        return try GatewayProcess.run(
            ["explain"] + arguments + (file.map { ["-c", $0] } ?? []),
            environment: environment
        )
    }

    @Test func aPersonGetsLinesThatFitATerminal() throws {
        let result = try run(["GET", "http://shop.example/cart", "--header", "X-A: 1", "--from", "203.0.113.9"])
        #expect(result.exit == .status(0))
        #expect(result.errors == [])
        #expect(result.output.first == "GET /cart of shop.example")
        #expect(result.output.contains("RESULT     forwarded to http://b0:1 of pool default"))
        #expect(result.output.contains("CLIENT     203.0.113.9"))
        #expect(result.output.allSatisfy { $0.count <= 80 })
    }

    @Test func aMachineGetsJSON() throws {
        let result = try run(["POST", "http://a/", "-H", "Content-Length: 5", "--json"])
        #expect(result.exit == .status(0))
        let json = try JSONValue(result.output.joined(separator: "\n"))
        #expect(json["schema"]?.number == 1)
        #expect(json["result"]?["kind"]?.string == "forwarded")
        #expect(json["request"]?["body"]?["bytes"]?.number == 5)
    }

    @Test func whatTheGatewayWouldRefuseIsExplainedToo() throws {
        let result = try run(["GET", "http://a/", "-H", "Content-Length: x"])
        #expect(result.exit == .status(0))
        #expect(result.output.contains { $0.hasPrefix("RESULT     refused with 400 by the gateway: Content-Length") })
    }

    @Test(arguments: [
        ["GET"], ["GET", "ftp://a/"], ["GET", "http://a/", "-H", "no colon"], ["G ET", "http://a/"],
        ["GET", "http://a/", "--from", "nobody"], ["GET", "http://a/", "--nonsense"],
    ])
    func whatIsNoRequestIsAUsageError(arguments: [String]) throws {
        let result = try run(arguments)
        #expect(result.exit == .status(2))
        #expect(result.output == [])
        #expect(!result.errors.isEmpty)
    }

    @Test func aBadConfigurationIsToldAsTheGatewayWouldTellIt() throws {
        let result = try run(["GET", "http://a/"], yaml: "backends: [\"http://b0:1\"]\nworkres: 2\n")
        #expect(result.exit == .status(78))
        #expect(result.errors.first?.contains("curlew.yaml:2:1: ") == true)
    }

    @Test func theEnvironmentCountsAsForTheGateway() throws {
        let result = try run(["GET", "http://a/"], yaml: nil, environment: ["CURLEW_BACKENDS": "http://elsewhere:1"])
        #expect(result.output.contains("RESULT     forwarded to http://elsewhere:1 of pool default"))
    }
}
