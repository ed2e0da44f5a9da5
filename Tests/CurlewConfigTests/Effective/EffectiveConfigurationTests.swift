// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct EffectiveConfigurationTests {
    @Test func whatIsShownReadsBackToItself() throws {
        for shown in try ShownConfiguration.all {
            let checked = try shown.read()
            let text = ConfigurationWriter(showsSecrets: true).tree(checked.configuration).yaml
            let again = try ConfigurationReader.check(text, file: shown.name, surroundings: .with())
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
              - { pool: web, basic_auth: { users: { bob: \(ShownHash.sha512) }, users_file: /etc/curlew/htpasswd } }
            """
        )
        .joined(separator: "\n")
        #expect(!lines.contains("hidden"))
        #expect(!lines.contains("$6$") && !lines.contains("$2y$"))
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

    @Test func whatComesFromTheEnvironmentIsNotShownInFields() throws {
        let text = """
            pools: { web: { backends: ["http://a"] } }
            routes:
              - pool: web
                headers: { X-Key: "${KEY}", X-Kind: plain }
                query: { token: "${KEY}" }
                request_headers: { set: { X-Auth: "Bearer ${KEY}", Cookie: written }, add: { X-Seen: plain } }
                response_headers: { set: { X-Back: "${NONE:-hidden}" } }
              - { respond: { headers: { X-Own: "${KEY}", X-Text: "$${KEY}" } } }
            """
        let surroundings = Surroundings.with(["KEY": "hidden"])
        let checked = try ConfigurationReader.check(text, file: "test.yaml", surroundings: surroundings)
        #expect(checked.configuration.routes[0].overrides.requestHeaders.set[0].value == "Bearer hidden")
        let report = checked.report(file: "test.yaml")
        #expect(!report.contains("hidden") && !report.contains("Bearer") && !report.contains("written"))
        #expect(report.holds("X-Kind: plain", "X-Seen: plain", "X-Text: \"$${KEY}\"", "X-Auth: \"***\""))
        #expect(report.holds("# 1. /*?token=*** X-Key:*** X-Kind:plain -> pool web"))
    }

    @Test func whatIsWrongWithAVariableOfAFieldIsToldWithoutItsValue() throws {
        let text = "routes: [{ pool: default, request_headers: { set: { X-Auth: \"Bearer ${KEY}\" } } }]"
        for value in ["hidden\nX: y", "hidden "] {
            do {
                _ = try ConfigurationReader.check(text, file: "test.yaml", surroundings: .with(["KEY": value]))
                Issue.record("the value is wrong")
            } catch {
                #expect(error.problems.count == 1)
                #expect(!error.description.contains("hidden"))
                #expect(error.description.contains("Bearer ${KEY}"))
            }
        }
    }

    @Test func routesAreSortedByWhatTheirPathsMean() throws {
        let lines = try report("routes: [{ path: \"/%61%62\", pool: default }, { path: /ab/c, pool: default }]")
        #expect(lines.suffix(3) == ["# 1. /ab/c/* -> pool default", "# 2. /ab/* -> pool default", ""])
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

    @Test func theKeyInTheQueryOfACollectorIsNotShown() throws {
        let endpoint = "https://collector:4318/v1/traces?key=t0p&x"
        let read = try configuration("backends: [\"http://h\"]\ntracing: { endpoint: \"\(endpoint)\" }\n")
        #expect(read.tracing?.endpoint == endpoint)
        for text in [ConfigurationText.yaml(read), ConfigurationText.json(read)] {
            #expect(!text.contains("t0p") && text.contains("/v1/traces?***"), "\(text)")
        }
    }
}
