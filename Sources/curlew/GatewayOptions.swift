// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewAdmin
import CurlewConfig
import Foundation
import Gateway

/// Where the gateway's settings are found, and where it listens.
struct PlaceOptions: ParsableArguments {
    @Option(
        name: [.long, .customShort("c")],
        help: ArgumentHelp("The configuration, in YAML or JSON. [CURLEW_CONFIG]", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"])
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            """
            An address and port to listen on; may be repeated. :3000 means every IPv4 interface. \
            [CURLEW_LISTEN, separated by commas] (default: 0.0.0.0:3000)
            """,
            valueName: "addr:port"
        )
    )
    var listen: [String] = []

    var settings: CommandLineSettings { CommandLineSettings(config: config, listen: listen) }
}

/// How the log looks.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "auto, text, json, common or combined; auto is text on a terminal. [CURLEW_LOG_FORMAT] (default: auto)",
            valueName: "format"
        ),
        completion: .list(LogConfiguration.Format.allCases.map(\.rawValue))
    )
    var logFormat: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. [CURLEW_LOG_LEVEL] (default: info)",
            valueName: "level"
        ),
        completion: .list(LogConfiguration.Level.allCases.map(\.rawValue))
    )
    var logLevel: String?
}

/// The options of the gateway.
struct GatewayOptions: ParsableArguments {
    @OptionGroup var place: PlaceOptions

    @Option(
        help: ArgumentHelp(
            """
            A backend: http://host:port, https://host:port or unix:/path; may be repeated. With a file, these replace \
            the backends of the pool that takes every request. [CURLEW_BACKEND or CURLEW_BACKENDS, separated by \
            commas] (default: http://localhost:3001, :3002 and :3003)
            """,
            valueName: "url"
        )
    )
    var backend: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            How a backend is chosen: \(StrategyRegistry.names.joined(separator: ", ")). With a file, this is \
            about the pool that takes every request, whose hash then counts with consistent_hash alone. \
            [CURLEW_STRATEGY] (default: \(StrategyRegistry.names[0]))
            """,
            valueName: "name"
        ),
        completion: .list(StrategyRegistry.names)
    )
    var strategy: String?

    @Option(
        help: ArgumentHelp(
            "How many threads serve clients, or auto for one per core. [CURLEW_WORKERS] (default: auto)",
            valueName: "n"
        )
    )
    var workers: String?

    @OptionGroup var log: LogOptions

    /// Runs the gateway until it is told to stop.
    func runGateway() throws {
        var settings = place.settings
        settings.backends = backend
        settings.strategy = strategy
        settings.workers = workers
        settings.logFormat = log.logFormat
        settings.logLevel = log.logLevel
        let loader = settings.loader
        let configuration = try loader.orFail { loader throws(ConfigurationFailure) in try loader.load() }
        try startOrFail { () throws(StartError) in
            let invocation = Invocation(
                arguments: CommandLine.arguments,
                environment: ProcessInfo.processInfo.environment
            )
            let gateway = try Gateway(
                configuration: configuration,
                source: loader.source,
                invocation: invocation
            )
            let admin = configuration.admin.map { admin in
                AdminServer(
                    admin,
                    log: configuration.log,
                    gateway: gateway,
                    loader: loader,
                    about: (version: Version.curlew, mayWait: invocation.isSuccessor)
                )
            }
            try admin?.start()
            try gateway.run()
            admin?.stop()
        }
    }
}

extension CommandLineSettings {
    /// These settings over this process's environment.
    var loader: ConfigurationLoader {
        ConfigurationLoader(flags: self, environment: ProcessInfo.processInfo.environment)
    }
}

extension ConfigurationLoader {
    /// What `load` gives; a bad configuration ends the command.
    func orFail<Value>(
        _ load: (ConfigurationLoader) throws(ConfigurationFailure) -> Value
    ) throws(CommandFailure) -> Value {
        do {
            return try load(self)
        } catch {
            throw CommandFailure(message: error.description, exitCode: error.exitCode)
        }
    }
}

/// Runs until `serve` returns; a port in use and the like end the command.
func startOrFail(_ serve: () throws(StartError) -> Void) throws(CommandFailure) {
    do {
        try serve()
    } catch {
        throw CommandFailure(message: "curlew: \(error.description)", exitCode: 1)
    }
}
