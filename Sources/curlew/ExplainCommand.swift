// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig
import CurlewExplain
import Foundation
import Gateway

/// `curlew explain METHOD URL`.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        _superCommandName: "curlew",
        abstract: "Say what would become of a request, and why, without sending anything.",
        discussion: """
            For example: curlew explain GET http://api.example.com/v1/users --header 'X-Canary: 1' -c curlew.yaml

            It asks the same code that serves requests: which route it goes by and which it just misses, who may come, \
            which limits count it, what is changed of path and header, and which backends it goes to. How the backends \
            are doing it cannot know: it takes all of them to be well.

            A request that the gateway would refuse is explained too, with its status. Exit codes: 0 explained, 2 what \
            is asked about is no request, 78 bad configuration.
            """
    )

    @Argument(
        help: "The method, such as GET.",
        completion: .list(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    )
    var method: String

    @Argument(
        help: ArgumentHelp(
            """
            http://HOST/PATH, or a target as it stands in the request line, such as /PATH; then --header Host says for \
            which host.
            """,
            valueName: "url"
        )
    )
    var url: String

    @Option(
        name: [.long, .customShort("H")],
        help: ArgumentHelp(
            """
            A header field, 'Name: value'; may be repeated. 'Content-Length: 100' or 'Transfer-Encoding: chunked' make \
            it a request with a body.
            """,
            valueName: "field"
        )
    )
    var header: [String] = []

    @Option(
        help: ArgumentHelp(
            "Who connects: the IP address of a client, or of a proxy. (default: 127.0.0.1)",
            valueName: "ip"
        ),
        transform: ExplainCommand.address
    )
    var from: IPAddress?

    @Option(
        name: [.long, .customShort("c")],
        help: ArgumentHelp("The configuration, in YAML or JSON. [CURLEW_CONFIG]", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"])
    )
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let loader = CommandLineSettings(config: config).loader
        let draft = try draft()
        let configuration = try loader.orFail { loader throws(ConfigurationFailure) in try loader.load() }
        let explanation: Explanation
        do throws(StartError) {
            explanation = try Explainer(configuration).explain(draft)
        } catch {
            throw CommandFailure(message: "curlew: \(error.description)", exitCode: 78)
        }
        if json { print(explanation.json) } else { print(explanation.text, terminator: "") }
    }

    private func draft() throws(CommandFailure) -> RequestDraft {
        do throws(RequestDraft.Problem) {
            return try RequestDraft(
                method: method,
                url: url,
                headers: header,
                from: from ?? IPAddress(ipv4: 0x7F00_0001)
            )
        } catch {
            throw CommandFailure(message: "curlew: \(error.description)", exitCode: 2)
        }
    }

    private static func address(_ text: String) throws -> IPAddress {
        guard let address = IPAddress(text) else {
            throw ValidationError("--from is an IP address, such as 203.0.113.9 or 2001:db8::9, not \(text).")
        }
        return address
    }
}
