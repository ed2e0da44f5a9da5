// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig
import CurlewDemo
import Gateway

/// `curlew demo`.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        _superCommandName: "curlew",
        abstract: "Run three small backends on 3001-3003 and the gateway on 3000, with nothing else needed.",
        discussion: "Then, in another terminal: curl localhost:3000"
    )

    @OptionGroup var place: PlaceOptions
    @OptionGroup var log: LogOptions

    @Option(
        help: ArgumentHelp(
            "The port of the first backend; the others have the two after it. (default: 3001)",
            valueName: "port"
        ),
        transform: { try ValueParser<UInt16>.port(1...65533).parse($0) }
    )
    var backendPort: UInt16?

    func run() throws {
        var settings = place.settings
        settings.logFormat = log.logFormat
        settings.logLevel = log.logLevel
        let first = backendPort ?? 3001
        let backends = (first..<first + 3).map { DemoBackendConfiguration(port: $0) }
        settings.backends = backends.map { "http://localhost:\($0.port)" }
        let configuration = try settings.loader.orFail { loader throws(ConfigurationFailure) in try loader.load() }
        try startOrFail { () throws(StartError) in try Demo.run(configuration: configuration, backends: backends) }
    }
}
