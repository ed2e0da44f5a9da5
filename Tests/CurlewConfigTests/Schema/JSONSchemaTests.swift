// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

@testable import CurlewConfig

/// The schema in the hands of a validator that others wrote: Python's `jsonschema`.
@Suite struct JSONSchemaTests {
    /// What the validator says of each text: `valid`, or what is wrong.
    private func judged(_ texts: [String]) throws -> [String] {
        let order = Tree.mapping([.init("schema", JSONSchema.tree), .init("texts", .list(texts.map(Tree.text)))])
        let folder = try TemporaryFolder()
        let file = try folder.write(order.json, to: "order.json")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "validate.py").path
        // The interpreter for which Debian's packages are installed, whatever else is in PATH.
        let process = try ChildProcess(
            ["/usr/bin/python3", script, file],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"]
        )
        let exit = try process.waitForExit(until: .after(seconds: 120))
        #expect(exit == .status(0), "\(process.standardError.lines.joined(separator: "\n"))")
        let lines = process.standardOutput.lines
        try #require(lines.count == texts.count)
        return lines
    }

    @Test func itAcceptsEverySettingWithItsExampleItsDefaultAndAVariable() throws {
        var texts = [String]()
        for setting in EverySetting.all {
            texts.append(setting.file(setting.key.example))
            if let standard = setting.key.standard { texts.append(setting.file(standard)) }
            if setting.key.kind.isScalar { texts.append(setting.file("\"${A_VARIABLE}\"")) }
        }
        for (text, judgement) in zip(texts, try judged(texts)) { #expect(judgement == "valid", "\(text)") }
    }

    @Test func itAcceptsEveryConfigurationThatIsShown() throws {
        let texts = try ShownConfiguration.all.map(\.text)
        #expect(texts.count > 8)
        for (text, judgement) in zip(texts, try judged(texts)) { #expect(judgement == "valid", "\(text)") }
    }

    @Test func itAcceptsWhatIsWrittenOut() throws {
        let texts = try ShownConfiguration.all.map { try $0.read() }
            .map { ConfigurationWriter().tree($0.configuration).yaml }
        for (text, judgement) in zip(texts, try judged(texts)) { #expect(judgement == "valid", "\(text)") }
    }

    @Test func itRejectsWhatTheReaderRejectsByItsForm() throws {
        let texts = Self.bad.map { "{ \($0) }" } + EverySetting.all.map { $0.file("{ nonsense: [{}] }") }
        for (text, judgement) in zip(texts, try judged(texts)) {
            #expect(judgement != "valid", "\(text)")
            #expect(throws: ConfigurationFailure.self, "\(text)") { try EverySetting.read(text) }
        }
    }

    private static let bad = [
        "lisetn: 3000", "workers: 0", "workers: many", "drain_timeout: 9", "drain_timeout: soon", "listen: nowhere",
        "log: { format: xml }", "log: { colour: x }", "limits: { connections: 0 }", "limits: { header_bytes: 64XB }",
        "limits: { connections: unlimited }", "limits: { trailer_count: -1 }", "limits: { header_bytes: 1 }",
        "trusted_proxies: all", "backends: http://h", "backends: [ftp://h]", "backends: [http://h/path]",
        "backends: []",
        "backends: [{ weight: 3 }]", "backends: [{ url: \"http://h\", weight: 0 }]", "routes: []", "pools: {}",
        "backends: [{ url: \"http://h\", weight: 1001 }]",
        "backends: [http://h], pools: { a: { backends: [http://h] } }",
        "pools: { a: {} }", "pools: { a: { backends: [http://h], strategy: fastest } }",
        "pools: { a: { backends: [http://h], retry: { on: [rest] } } }", "rate_limit: { per: 1s }",
        "pools: { a: { backends: [http://h], retry: { budget: 30 } } }",
        "pools: { a: { backends: [http://h], health_check: { expect_status: ok } } }",
        "pools: { a: { backends: [http://h], slow_start: soon } }",
        "pools: { a: { backends: [http://h], sticky: { secret: a, secret_file: /b } } }",
        "routes: [{ path: /a }]", "routes: [{ pool: default, respond: {} }]", "routes: [{ pool: default, path: a }]",
        "routes: [{ pool: default, path: /a, exact_path: /b }]", "routes: [{ pool: default, methods: [get] }]",
        "routes: [{ redirect: { to: here } }]", "routes: [{ redirect: { to: /x, status: 200 } }]",
        "routes: [{ respond: { status: 100 } }]", "routes: [{ pool: default, rate_limit: { requests: 1, by: x } }]",
    ]
}

extension Kind {
    /// Whether a text in place of the value may be a variable.
    fileprivate var isScalar: Bool {
        switch self {
        case .section, .list, .map: false
        case .orOff(let kind): kind.isScalar
        case .either(let kinds): kinds.contains(where: \.isScalar)
        default: true
        }
    }
}
