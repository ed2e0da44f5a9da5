// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig
import Gateway

/// `curlew`: the gateway itself, and the commands beside it.
struct Curlew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curlew",
        abstract: "An HTTP load balancer.",
        discussion: """
            Without any option it listens on port 3000 and shares the requests out among http://localhost:3001, \
            :3002 and :3003.

            Every option can also be given by the environment, as the variable in brackets. Options beat the \
            environment, which beats the file. SIGTERM and SIGINT stop the gateway once the requests in flight are \
            answered; another one, a second later or more, stops it at once.

            Exit codes: 0 stopped cleanly, 1 failed while starting or running, 2 wrong usage, 78 bad configuration.
            """,
        subcommands: [
            DemoCommand.self, CheckCommand.self, ExplainCommand.self, SchemaCommand.self, BackendCommand.self,
            HealthcheckCommand.self,
        ]
    )

    @OptionGroup var options: GatewayOptions

    // Not ArgumentParser's own flag: that wants the text at every start, and libcurl is set up to know it.
    @Flag(help: "Print the versions and features of Curlew and libcurl.")
    var version = false

    func run() throws {
        if version {
            print(Version.text)
            return
        }
        try options.runGateway()
    }
}
