// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct EffectiveConfigurationTests {
    @Test func whatIsShownReadsBackToItself() throws {
        for shown in try ShownConfiguration.all {
            let checked = try shown.read()
            let text = ConfigurationWriter(showsSecrets: true).tree(checked.configuration).yaml
            let again = try ConfigurationReader.check(text, file: shown.name, surroundings: Surroundings())
            #expect(again.configuration == checked.configuration, "\(text)")
        }
    }

    @Test func theShownOnesHaveNothingToNote() throws {
        for shown in try ShownConfiguration.all { #expect(try shown.read().notes == [], "\(shown.name)") }
    }

    @Test func theExampleOfEverySettingHasTheDefaults() throws {
        let shown = try #require(ShownConfiguration.all.first { $0.name == "every-setting.yaml" })
        let backends = "backends: [\"http://localhost:3001\", \"http://localhost:3002\"]"
        #expect(try shown.read().configuration == configuration("pools: { web: { \(backends) } }"))
        for section in [Section.top, .log, .limits, .pool, .healthCheck, .retry, .timeouts, .poolLimits] {
            for key in section.keys where key.standard != nil && !["backends", "hash"].contains(key.name) {
                #expect(shown.text.contains("\(key.name): "), "\(section.name).\(key.name)")
            }
        }
    }

    private func report(_ text: String) throws -> [String] {
        try EverySetting.read(text).report(file: "test.yaml").split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func secretsAreNotShown() throws {
        let lines = try report(
            """
            pools:
              web:
                backends:
                  - { url: "http://a", proxy: "http://user:hidden@proxy:1" }
                  - url: http://b
                    aws_sigv4: { access_key: AKIA, secret_key: hidden, session_token: hidden, region: r, service: s3 }
                sticky: { secret: hidden-hidden-hidden }
            routes:
              - { pool: web, basic_auth: { users: { bob: $6$hidden$hidden }, users_file: /etc/curlew/htpasswd } }
            """
        )
        .joined(separator: "\n")
        #expect(!lines.contains("hidden"))
        #expect(!lines.contains("$hash"))
        #expect(lines.contains("***@proxy:1"))
        #expect(
            lines.holds(
                "secret_key: \"***\"",
                "session_token: \"***\"",
                "secret: \"***\"",
                "ada: \"***\"",
                "bob: \"***\""
            )
        )
    }

    @Test func theRoutesAreListedAsTheyAreTried() throws {
        let lines = try report(
            """
            pools: { web: { backends: ["http://a"] }, new: { backends: ["http://b"] } }
            routes:
              - { pool: web }
              - { path: /new, split: [{ pool: web, percent: 90 }, { pool: new, percent: 10 }] }
              - { name: gone, host: [old.example.com, "*.old.example.com"], redirect: { to: "https://example.com" } }
            """
        )
        #expect(
            lines.suffix(6) == [
                "# The routes, in the order in which they are tried:",
                "# 1. gone: old.example.com/* -> 308 to https://example.com",
                "# 2. gone: *.old.example.com/* -> 308 to https://example.com",
                "# 3. /new/* -> 90 % pool web, 10 % pool new", "# 4. every request -> pool web", "",
            ]
        )
    }

    @Test func textsThatLookLikeSomethingElseAreQuoted() throws {
        let bodies = [
            "null", "~", "- a", "a: b", "#x", "$${NAME}", "{}", "\\u0007", "é\\n", "a:", "*x", "&x", "!x", "'", " ",
        ]
        for body in bodies {
            let text = "routes: [{ respond: { body: \"\(body)\" } }]"
            let configuration = try configuration(text)
            let written = ConfigurationWriter().tree(configuration).yaml
            #expect(try CurlewConfigTests.configuration(written) == configuration, "\(written)")
        }
    }
}
