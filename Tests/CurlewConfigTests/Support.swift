// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

/// The configuration of a file with this text.
func configuration(_ text: String) throws -> GatewayConfiguration {
    try ConfigurationReader.read(text, file: "test.yaml")
}

/// The problems of a file with this text, one line each; empty when it is valid.
func problems(_ text: String) -> [String] {
    do {
        _ = try ConfigurationReader.read(text, file: "test.yaml")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// The problems of `lines` under `limits`, each without the file's name, beside backends that are valid.
func problems(limits line: String) -> [String] {
    problems("backends: [\"http://localhost:3001\"]\nlimits:\n  \(line)\n")
}

/// The problems of `line` in a pool that is valid without it.
func problems(pool line: String) -> [String] {
    problems("pools:\n  web:\n    backends: [\"http://localhost:3001\"]\n    \(line)\n")
}

/// What `parser` says about a text that it must not accept.
func complaint<Value>(_ parser: ValueParser<Value>, _ text: String) -> String? {
    do {
        _ = try parser.parse(text)
        return nil
    } catch {
        return error.description
    }
}

extension String {
    /// Whether each of the words stands in the text.
    func holds(_ words: String...) -> Bool { words.allSatisfy { contains($0) } }
}
