// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig
import CurlewDemo
import Gateway

/// `curlew demo`.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run three small backends on 3001-3003 and the gateway on 3000, with nothing else needed.",
        discussion: "Then, in another terminal: curl localhost:3000"
    )

    @OptionGroup var place: PlaceOptions
    @OptionGroup var log: LogOptions

    @Option(help: ArgumentHelp("The port of the first backend; the others have the two after it.", valueName: "port"))
    var backendPort: UInt16 = 3001

    func validate() throws {
        guard (1...65533).contains(backendPort) else {
            throw ValidationError("--backend-port must be from 1 to 65533, since three ports in a row are used.")
        }
    }

    func run() throws {
        var settings = place.settings
        settings.logFormat = log.logFormat
        settings.logLevel = log.logLevel
        settings.backends = (backendPort..<backendPort + 3).map { "http://localhost:\($0)" }
        let configuration = try settings.loader.orFail { loader throws(ConfigurationFailure) in try loader.load() }
        try startOrFail { () throws(StartError) in try Demo.run(configuration: configuration) }
    }
}
