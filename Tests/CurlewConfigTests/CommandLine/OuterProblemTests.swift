// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct OuterProblemTests {
    private func failed(
        _ flags: CommandLineSettings = CommandLineSettings(),
        _ environment: [String: String] = [:],
        files: [String: String] = [:]
    ) -> ConfigurationFailure? {
        do {
            _ = try load(flags, environment, files: files)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("CURLEW_LISTEN", "0.0.0.0:99999"), ("CURLEW_BACKEND", "localhost:1"), ("CURLEW_BACKENDS", "ftp://a"),
        ("CURLEW_BACKEND", "http://a,,http://b"), ("CURLEW_BACKEND", "http://a,http://a/"), ("CURLEW_STRATEGY", "rr"),
        ("CURLEW_WORKERS", "0"), ("CURLEW_LOG_FORMAT", "xml"), ("CURLEW_LOG_LEVEL", "loud"),
        ("CURLEW_LISTEN", ":80,:80"),
    ])
    func aWrongVariableIsNamedAndIsABadConfiguration(variable: String, value: String) throws {
        let failure = try #require(failed(CommandLineSettings(), [variable: value]))
        #expect(failure.exitCode == 78)
        #expect(failure.problems.count == 1)
        let name = variable == "CURLEW_BACKENDS" ? "CURLEW_BACKENDS" : variable
        #expect(failure.description.hasPrefix("curlew: \(name): "))
        #expect(failure.description.contains("(hint: "))
    }

    @Test(arguments: [
        (CommandLineSettings(listen: ["0.0.0.0:99999"]), "--listen"),
        (CommandLineSettings(backends: ["localhost:1"]), "--backend"),
        (CommandLineSettings(strategy: "rr"), "--strategy"), (CommandLineSettings(workers: "0"), "--workers"),
        (CommandLineSettings(logFormat: "xml"), "--log-format"), (CommandLineSettings(logLevel: ""), "--log-level"),
    ])
    func aWrongFlagIsNamedAndIsAUsageError(flags: CommandLineSettings, name: String) throws {
        let failure = try #require(failed(flags))
        #expect(failure.exitCode == 2)
        #expect(failure.problems.count == 1)
        #expect(failure.description.hasPrefix("curlew: \(name): "))
    }

    @Test func aMissingFileIsABadConfiguration() throws {
        #expect(try #require(failed(CommandLineSettings(config: "missing.yaml"))).exitCode == 78)
        let named = try #require(failed(CommandLineSettings(), ["CURLEW_CONFIG": "missing.yaml"]))
        #expect(named.exitCode == 78)
        #expect(named.description.holds("missing.yaml", "named by CURLEW_CONFIG"))
    }

    @Test func everyPlaceIsReportedAtOnce() throws {
        let flags = CommandLineSettings(config: "f", listen: ["x"], strategy: "y")
        let failure = try #require(failed(flags, ["CURLEW_WORKERS": "z"], files: ["f": "limits: { connections: 0 }"]))
        #expect(failure.problems.count == 4)
        #expect(failure.description.holds("f:1:24:", "--listen", "--strategy", "CURLEW_WORKERS"))
        #expect(failure.exitCode == 2)
    }

    @Test func twoVariablesOfOneSettingMustAgree() throws {
        let failure = try #require(
            failed(CommandLineSettings(), ["CURLEW_BACKEND": "http://a", "CURLEW_BACKENDS": "http://b"])
        )
        #expect(failure.description.holds("CURLEW_BACKEND:", "CURLEW_BACKENDS"))
        #expect(throws: Never.self) {
            try load(CommandLineSettings(), ["CURLEW_BACKEND": "http://a", "CURLEW_BACKENDS": "http://a"])
        }
    }

    @Test func variablesOfTheClusterAreNotTakenForSettings() throws {
        #expect(throws: Never.self) {
            try load(CommandLineSettings(), ["CURLEW_PORT": "tcp://10.0.0.1:80", "CURLEW_SERVICE_HOST": "10.0.0.1"])
        }
    }
}
