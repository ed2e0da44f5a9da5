// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

/// What is read and not built must not look as if it were in force.
@Suite struct UnbuiltSettingTests {
    @Test(arguments: [
        ("pools: { web: { backends: [{ url: \"http://a\", http2: true }] } }", "pools.web.backends: http2 of http://a"),
        (
            "pools: { web: { backends: [{ url: \"http://a\", aws_sigv4: { access_key: a, secret_key: b, region: c, service: d } }] } }",
            "aws_sigv4 of http://a"
        ),
    ])
    func isRefusedByName(text: String, name: String) {
        let loader = ConfigurationLoader(
            flags: CommandLineSettings(config: "test.yaml"),
            environment: [:]
        ) { _ in text }
        #expect {
            _ = try loader.load()
        } throws: { error in
            guard let failure = error as? ConfigurationFailure else { return false }
            return failure.problems.count == 1
                && failure.problems[0].description.contains(name)
                && failure.problems[0].description.contains("not built yet")
        }
    }

    @Test func whatIsBuiltPasses() throws {
        let text = "pools: { web: { backends: [{ url: \"http://a\", weight: 3 }], queue: { size: 100, timeout: 1s } } }"
        let loader = ConfigurationLoader(
            flags: CommandLineSettings(config: "test.yaml"),
            environment: [:]
        ) { _ in text }
        #expect(try loader.load().pools[0].backends[0].weight == 3)
    }
}
