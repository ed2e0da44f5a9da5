// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig

/// `curlew healthcheck`.
struct HealthcheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        _superCommandName: "curlew",
        abstract: "Ask the running gateway whether it serves; for Docker's HEALTHCHECK.",
        discussion: """
            The address is found as the gateway finds its own: by the options, the environment and the file. Exit codes: \
            0 the gateway works, also where it is full; 1 it does not, or is stopping, or gives no answer within 3 seconds.
            """
    )

    @OptionGroup var place: PlaceOptions

    func run() throws {
        do {
            let addresses = try place.settings.loader.listenAddresses()
            print(try GatewayProbe(listen: addresses).ask())
        } catch let failure as ConfigurationFailure {
            // Docker reserves every code but 0 and 1.
            throw CommandFailure(message: failure.description, exitCode: 1)
        } catch let failure as ProbeFailure {
            throw CommandFailure(message: "curlew: unhealthy: \(failure.description)", exitCode: 1)
        }
    }
}
