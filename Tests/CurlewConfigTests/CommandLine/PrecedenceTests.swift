// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

/// Loads with files that are given as text.
func load(
    _ flags: CommandLineSettings = CommandLineSettings(),
    _ environment: [String: String] = [:],
    files: [String: String] = [:]
) throws(ConfigurationFailure) -> GatewayConfiguration {
    try loader(flags, environment, files: files).load()
}

func loader(
    _ flags: CommandLineSettings = CommandLineSettings(),
    _ environment: [String: String] = [:],
    files: [String: String] = [:]
) -> ConfigurationLoader {
    ConfigurationLoader(flags: flags, environment: environment) { path throws(ConfigurationFailure) in
        guard let text = files[path] else {
            throw ConfigurationFailure([Problem(.file(path), "there is no such file", hint: "check the path")])
        }
        return text
    }
}

@Suite struct PrecedenceTests {
    private let file = """
        listen: 127.0.0.1:1
        workers: 1
        log: { format: text, level: error }
        backends: ["http://file"]
        """

    private func names(_ configuration: GatewayConfiguration, pool: Int = 0) -> [String] {
        configuration.pools[pool].backends.map(\.url.description)
    }

    @Test func withNothingGivenTheQuickStartRuns() throws {
        let configuration = try load()
        #expect(configuration.listen == [.default])
        #expect(names(configuration) == ["http://localhost:3001", "http://localhost:3002", "http://localhost:3003"])
        #expect(configuration.pools[0].backends[2].url == (try BackendURL(parsing: "http://localhost:3003")))
        #expect(configuration.routes == [RouteConfiguration(pool: "default")])
    }

    @Test func theFileBeatsTheDefaults() throws {
        let configuration = try load(CommandLineSettings(config: "f"), files: ["f": file])
        #expect(configuration.listen == [ListenAddress(host: "127.0.0.1", port: 1)])
        #expect(names(configuration) == ["http://file"])
    }

    @Test func theEnvironmentBeatsTheFile() throws {
        let environment = [
            "CURLEW_CONFIG": "f", "CURLEW_LISTEN": "127.0.0.1:2, [::1]:2", "CURLEW_BACKEND": "http://a,http://b,",
            "CURLEW_WORKERS": "2", "CURLEW_LOG_FORMAT": "json", "CURLEW_LOG_LEVEL": "debug",
            "CURLEW_STRATEGY": "round_robin",
        ]
        let configuration = try load(CommandLineSettings(), environment, files: ["f": file])
        #expect(configuration.listen.map(\.description) == ["127.0.0.1:2", "[::1]:2"])
        #expect(names(configuration) == ["http://a", "http://b"])
        #expect(configuration.workers == .exactly(2))
        #expect(configuration.log == LogConfiguration(format: .json, level: .debug))
    }

    @Test func flagsBeatTheEnvironmentWhichMayThenBeWrong() throws {
        let flags = CommandLineSettings(
            config: "f",
            listen: [":3"],
            backends: ["http://flag"],
            strategy: "round_robin",
            workers: "3",
            logFormat: "auto",
            logLevel: "trace"
        )
        let environment = [
            "CURLEW_CONFIG": "missing", "CURLEW_LISTEN": "x", "CURLEW_BACKEND": "x", "CURLEW_BACKENDS": "y",
            "CURLEW_WORKERS": "x", "CURLEW_LOG_FORMAT": "x", "CURLEW_LOG_LEVEL": "x", "CURLEW_STRATEGY": "x",
        ]
        let configuration = try load(flags, environment, files: ["f": file])
        #expect(configuration.listen == [ListenAddress(host: "0.0.0.0", port: 3)])
        #expect(names(configuration) == ["http://flag"])
        #expect(configuration.workers == .exactly(3))
        #expect(configuration.log == LogConfiguration(format: .auto, level: .trace))
    }

    @Test func backendsReplaceThoseOfThePoolThatTakesEveryRequest() throws {
        let pools = """
            pools:
              api: { backends: ["http://api"] }
              web: { backends: ["http://web"], timeouts: { connect: 1s } }
            routes: [{ pool: web }]
            """
        let flags = CommandLineSettings(config: "f", backends: ["http://flag"])
        let configuration = try load(flags, files: ["f": pools])
        #expect(names(configuration, pool: 0) == ["http://api"])
        #expect(names(configuration, pool: 1) == ["http://flag"])
        #expect(configuration.pools[1].timeouts.connect == .seconds(1))
    }

    @Test func aHashThatTheStrategyOfTheCommandLineDoesNotUseIsNoted() throws {
        let hashed = "strategy: consistent_hash, hash: { cookie: id }"
        let files = ["f": "pools: { web: { backends: [\"http://web\"], \(hashed) } }"]
        func notes(_ strategy: String?, _ environment: [String: String] = [:]) throws -> [String] {
            try load(CommandLineSettings(config: "f", strategy: strategy), environment, files: files).notes
        }
        let flag = try #require(try notes("random").first)
        #expect(flag.hasPrefix("pools.web.hash has no effect: "))
        #expect(flag.contains("--strategy says random (hint: leave out --strategy "))
        let variable = try notes(nil, ["CURLEW_STRATEGY": "least_time"])
        #expect(variable.count == 1 && variable[0].contains("CURLEW_STRATEGY says least_time"))
        #expect(try notes(nil).isEmpty)
        #expect(try notes("consistent_hash").isEmpty)
        #expect(try load(CommandLineSettings(strategy: "random")).notes.isEmpty)
    }

    @Test func aFileNeedsNoBackends() throws {
        let files = ["f": "workers: 1"]
        #expect(names(try load(CommandLineSettings(config: "f", backends: ["http://a"]), files: files)) == ["http://a"])
        #expect(
            names(try load(CommandLineSettings(config: "f"), ["CURLEW_BACKENDS": "http://a"], files: files)) == [
                "http://a"
            ]
        )
        let configuration = try load(CommandLineSettings(config: "f"), files: files)
        #expect(names(configuration) == ["http://localhost:3001", "http://localhost:3002", "http://localhost:3003"])
        #expect(configuration.workers == .exactly(1))
    }

    @Test func anEmptyVariableIsNotSet() throws {
        let empty = Dictionary(
            uniqueKeysWithValues: [
                "CONFIG", "LISTEN", "BACKEND", "BACKENDS", "STRATEGY", "WORKERS", "LOG_FORMAT", "LOG_LEVEL",
            ]
            .map { ("CURLEW_\($0)", "") }
        )
        #expect(try load(CommandLineSettings(), empty) == load())
    }

    @Test func theHealthCheckNeedsOnlyTheAddresses() throws {
        let addresses = try loader(CommandLineSettings(config: "f"), files: ["f": "listen: :81"]).listenAddresses()
        #expect(addresses == [ListenAddress(host: "0.0.0.0", port: 81)])
        #expect(try loader(CommandLineSettings(), ["CURLEW_LISTEN": ":82"]).listenAddresses().map(\.port) == [82])
    }
}
