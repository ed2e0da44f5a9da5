// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig

/// `curlew schema`.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        _superCommandName: "curlew",
        abstract: "Print the JSON Schema of the configuration, for editors.",
        discussion: """
            With it an editor names the keys, explains them and marks mistakes as you type: save it, and begin the file \
            with `# yaml-language-server: $schema=FILE`. What only `curlew check` can tell, such as whether a pool exists, \
            is not in it.
            """
    )

    func run() {
        print(JSONSchema.text, terminator: "")
    }
}
