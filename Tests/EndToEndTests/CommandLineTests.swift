// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct CommandLineTests {
    /// Runs the binary, expects `status` and one line on standard error, and returns that line.
    private func failure(_ status: Int32, _ arguments: [String], environment: [String: String] = [:]) throws -> String {
        let result = try GatewayProcess.run(arguments, environment: environment)
        #expect(result.exit == .status(status))
        #expect(result.output == [])
        #expect(result.errors.count == 1, "\(result.errors)")
        return result.errors.first ?? ""
    }

    /// Runs the binary with `text` as its configuration file, expects exit 78, and returns standard error.
    private func rejection(of text: String) throws -> [String] {
        let folder = try TemporaryFolder()
        let file = try folder.write(text, to: "curlew.yaml")
        let result = try GatewayProcess.run(["--config", file])
        #expect(result.exit == .status(78))
        let prefix = "\(file):"
        #expect(result.errors.allSatisfy { $0.hasPrefix(prefix) }, "\(result.errors)")
        return result.errors.map { String($0.dropFirst(prefix.count)) }
    }

    @Test func portInUseIsNamed() throws {
        let taken = try FakeOrigin()
        let port = taken.endpoint.port
        let line = try failure(1, ["--listen", "127.0.0.1:\(port)"])
        #expect(line.contains("\(port)"))
        #expect(line.contains("in use") || line.contains("another process"))
    }

    @Test func portOfAnotherGatewayIsInUse() throws {
        try withGateway([try FakeOrigin()]) { gateway in
            // Its workers share the port among themselves; that must not let a second gateway slip in unnoticed.
            let line = try failure(1, ["--listen", "127.0.0.1:\(gateway.port)"])
            #expect(line.contains("\(gateway.port)"))
        }
    }

    @Test(arguments: ["ftp://localhost:1", "localhost", "http://", "http://a:99999", "http://a/path", "unix:relative"])
    func badBackendIsAUsageError(url: String) throws {
        let line = try failure(2, ["--listen", "127.0.0.1:0", "--backend", url])
        #expect(line.contains("--backend"))
    }

    @Test(arguments: [
        ["--listen", "127.0.0.1:99999"], ["--workers", "none"], ["--workers", "0"], ["--strategy", "guess"],
        ["--log-format", "xml"], ["--log-level", "loud"],
    ])
    func badValueIsAUsageError(arguments: [String]) throws {
        let line = try failure(2, arguments)
        #expect(line.contains(arguments[0]))
    }

    @Test(arguments: [["--nonsense"], ["nonsense"], ["--backend"], ["check"], ["backend"]])
    func unknownOrIncompleteArgumentsAreUsageErrors(arguments: [String]) throws {
        let result = try GatewayProcess.run(arguments)
        #expect(result.exit == .status(2))
        #expect(result.output == [])
        #expect(!result.errors.isEmpty)
    }

    @Test func missingFileIsNamed() throws {
        let result = try GatewayProcess.run(["--config", "/nowhere/curlew.yaml"])
        #expect(result.exit != .status(0))
        #expect(result.errors.count == 1)
        #expect(result.errors.first?.contains("/nowhere/curlew.yaml") == true)
    }

    @Test func badConfigurationIsRefusedWithFileAndLine() throws {
        let errors = try rejection(of: "listen: 127.0.0.1:0\nbackends:\n  - http://localhost:3001\nworkres: 2\n")
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("4:1:") == true)
        #expect(errors.first?.contains("workers") == true)
    }

    @Test func portThatDoesNotExistIsRefusedWithFileAndLine() throws {
        let errors = try rejection(of: "listen: 0.0.0.0:99999\nbackends: [http://localhost:3001]\n")
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("1:") == true)
        #expect(errors.first?.contains("99999") == true)
    }

    @Test func everyProblemIsToldAtOnce() throws {
        let text = "listen: nowhere\nworkers: many\nbackends: [ftp://x]\npools: 3\ndrain_timeout: soon\n"
        let lines = Set(try rejection(of: text).compactMap { $0.split(separator: ":").first })
        #expect(lines.isSuperset(of: ["1", "2", "3", "5"]))
    }

    @Test func checkAcceptsAGoodFile() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("backends: [http://localhost:3001]\n", to: "good.yaml")
        let result = try GatewayProcess.run(["check", file])
        #expect(result.exit == .status(0))
        #expect(result.errors == [])
        #expect(result.output.first?.hasPrefix("# \(file) is valid: ") == true)
        // What it prints is a configuration itself.
        let printed = try folder.write(result.output.joined(separator: "\n"), to: "printed.yaml")
        #expect(try GatewayProcess.run(["check", printed]).output.dropFirst() == result.output.dropFirst())
    }

    @Test func checkReplacesVariablesOfTheEnvironment() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("backends: [http://localhost:3001]\nworkers: ${HOW_MANY}\n", to: "curlew.yaml")
        let result = try GatewayProcess.run(["check", file], environment: ["HOW_MANY": "3"])
        #expect(result.output.contains("workers: 3"))
        let unset = try GatewayProcess.run(["check", file])
        #expect(unset.exit == .status(1))
        #expect(unset.errors.first?.hasPrefix("\(file):2:10: workers: the variable HOW_MANY is not set") == true)
    }

    @Test func schemaPrintsTheSchemaOfTheConfiguration() throws {
        let result = try GatewayProcess.run(["schema"])
        #expect(result.exit == .status(0))
        #expect(result.output.first == "{" && result.output.last == "}")
        #expect(result.output.contains("  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\","))
    }

    @Test func checkNamesEveryProblemOfABadFile() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "backends: [http://localhost:3001]\nlimits: { conections: 3 }\nworkers: x\n",
            to: "bad.yaml"
        )
        let result = try GatewayProcess.run(["check", file])
        #expect(result.exit == .status(1))
        #expect((result.output + result.errors).filter { $0.hasPrefix("\(file):2:") }.count == 1)
        #expect((result.output + result.errors).filter { $0.hasPrefix("\(file):3:") }.count == 1)
    }

    @Test func versionNamesCurlewAndLibcurl() throws {
        let result = try GatewayProcess.run(["--version"])
        #expect(result.exit == .status(0))
        let text = result.output.joined(separator: "\n")
        #expect(text.firstMatch(of: /curlew \d+\.\d+\.\d+/) != nil)
        #expect(text.firstMatch(of: /libcurl[ \/]\d+\.\d+\.\d+/) != nil)
    }

    @Test func helpNamesEveryCommandAndFlag() throws {
        let result = try GatewayProcess.run(["--help"])
        #expect(result.exit == .status(0))
        let text = result.output.joined(separator: "\n")
        for word in [
            "--config", "--listen", "--backend", "--strategy", "--workers", "--log-format", "--log-level", "demo",
            "check", "schema", "backend", "healthcheck", "--version",
        ] {
            #expect(text.contains(word), "\(word)")
        }
    }

    @Test func healthcheckAsksTheRunningGateway() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let address = "127.0.0.1:\(gateway.port)"
            let asked = try GatewayProcess.run(["healthcheck", "--listen", address])
            #expect(asked.exit == .status(0))
            #expect(try GatewayProcess.run(["healthcheck"], environment: ["CURLEW_LISTEN": address]).exit == .status(0))
            // It is the gateway that is asked and not a backend.
            #expect(origin.requests.isEmpty)
        }
    }

    @Test func healthcheckFailsWhenNothingRuns() throws {
        let port = try ReservedPort()
        let result = try GatewayProcess.run(["healthcheck", "--listen", "127.0.0.1:\(port.endpoint.port)"])
        #expect(result.exit == .status(1))
        #expect(result.errors.count == 1)
    }

    @Test func healthcheckFailsWhenSomethingElseRuns() throws {
        let origin = try FakeOrigin { _ in .text("no", status: 500) }
        let result = try GatewayProcess.run(["healthcheck", "--listen", "127.0.0.1:\(origin.endpoint.port)"])
        #expect(result.exit == .status(1))
    }

    @Test func flagsBeatEnvironmentBeatFile() throws {
        let origins = try namedOrigins("file", "environment", "flag")
        let folder = try TemporaryFolder()
        let file = try folder.write("listen: 127.0.0.1:0\nbackends: [\"\(origins[0].url)\"]\n", to: "curlew.yaml")

        func answer(_ arguments: [String], _ environment: [String: String]) throws -> String {
            let process = try GatewayProcess.start(arguments, environment: environment)
            let text = try RawClient(port: try GatewayProcess.announcedPort(of: process)).get().text
            process.send(SIGTERM)
            #expect(try process.waitForExit() == .status(0))
            return text
        }
        let environment = ["CURLEW_CONFIG": file, "CURLEW_BACKEND": origins[1].url]
        #expect(try answer(["--config", file], [:]) == "file")
        #expect(try answer([], environment) == "environment")
        #expect(try answer(["--backend", origins[2].url], environment) == "flag")
    }

    @Test func settingThatAFlagTakesTheEffectOfIsToldAtTheStart() throws {
        let origin = try FakeOrigin()
        let pool = ["strategy: consistent_hash", "hash: path"]
        let adjust = { (settings: inout GatewaySettings) in
            (settings.poolMembers, settings.arguments) = (pool, ["--strategy", "random"])
        }
        try withGateway([origin], adjust) { gateway in
            let note = try gateway.log.wait(forPrefix: "ERROR: pools.web.hash has no effect")
            #expect(note.contains("--strategy says random"))
        }
    }

    @Test func severalBackendsAndAddressesMayBeGiven() throws {
        let origins = try namedOrigins("a", "b")
        let arguments = origins.flatMap { ["--backend", $0.url] } + ["--listen", "127.0.0.1:0", "--listen", "[::1]:0"]
        let process = try GatewayProcess.start(arguments + ["--log-format", "text", "--workers", "2"])
        let port = try GatewayProcess.announcedPort(of: process)
        let answers = try (0..<4).map { _ in try RawClient(port: port).get().text }
        #expect(answers == ["a", "b", "a", "b"])
        process.send(SIGINT)
        #expect(try process.waitForExit() == .status(0))
    }
}
