// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CurlewConfig

/// A configuration that people are shown: a file of `examples/`, or a block of the README.
struct ShownConfiguration {
    let name: String
    let text: String

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    static var all: [ShownConfiguration] {
        get throws {
            let folder = root.appending(path: "examples")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                .filter { $0.hasSuffix(".yaml") }
                .map { name in
                    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                    return ShownConfiguration(name: name, text: text)
                }
            let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
            let blocks = readme.split(separator: "\n```yaml\n").dropFirst().enumerated().map { index, rest in
                let end = rest.firstRange(of: "\n```")?.lowerBound ?? rest.endIndex
                return ShownConfiguration(name: "README block \(index + 1)", text: rest[..<end] + "\n")
            }
            return files + blocks
        }
    }

    func read() throws(ConfigurationFailure) -> CheckedConfiguration {
        try ConfigurationReader.check(text, file: name, surroundings: .with())
    }
}
