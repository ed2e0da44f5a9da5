// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig
import CurlewDemo
import Gateway

/// `curlew backend`.
struct BackendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backend",
        _superCommandName: "curlew",
        abstract: "Run one small test backend that answers every request with its name.",
        discussion:
            "For example, one that is slow and fails now and then: curlew backend --port 3001 --delay 200ms --fail 20%"
    )

    @Option(
        help: "The port to listen on; 0 takes a free one, which is printed.",
        transform: { try ValueParser<UInt16>.port().parse($0) }
    )
    var port: UInt16

    @Option(
        help: ArgumentHelp("The IP address to listen on. (default: 127.0.0.1)", valueName: "addr"),
        transform: { try ValueParser<String>.listenHost.parse($0) }
    )
    var host: String?

    @Option(help: ArgumentHelp("What it calls itself in its answers. (default: backend-PORT)"))
    var name: String?

    @Option(
        help: ArgumentHelp("How long to wait before answering, such as 200ms.", valueName: "duration"),
        transform: { try ValueParser<Duration>.duration(zeroAllowed: true).parse($0) }
    )
    var delay: Duration?

    @Option(
        help: ArgumentHelp("The share of requests that fail: 20% or 0.2.", valueName: "share"),
        transform: { try ValueParser<Double>.ratio.parse($0) }
    )
    var fail: Double?

    @Option(help: ArgumentHelp("How they fail.", valueName: "kind"))
    var failWith = DemoBackendConfiguration.Failure.status

    @Option(help: ArgumentHelp("How many threads serve.", valueName: "n"))
    var workers = 1

    func validate() throws {
        guard (1...1024).contains(workers) else { throw ValidationError("--workers must be from 1 to 1024.") }
    }

    func run() throws {
        var configuration = DemoBackendConfiguration(host: host ?? "127.0.0.1", port: port)
        configuration.name = name
        configuration.delay = delay ?? .zero
        configuration.failureShare = fail ?? 0
        configuration.failure = failWith
        configuration.workers = workers
        try startOrFail { () throws(StartError) in
            let backend = try DemoBackend(configuration: configuration)
            try backend.run()
        }
    }
}

extension DemoBackendConfiguration.Failure: ExpressibleByArgument {}
