// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct UnknownKeyTests {
    private let valid = "backends: [\"http://h\"]\n"

    @Test(arguments: [
        ("lisetn: 3000", "listen"), ("worker: 2", "workers"), ("drain-timeout: 9s", "drain_timeout"),
        ("backend: x", "backends"),
        ("pool: {}", "pools"), ("Log: {}", "log"), ("zzz: 1", "log"),
    ])
    func theNearestKnownKeyIsNamed(line: String, nearest: String) throws {
        let found = problems(valid + line)
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("test.yaml:2:1: unknown key \""))
        #expect(found[0].contains("did you mean \(nearest)?") || found[0].contains("the nearest is \(nearest);"))
    }

    @Test(arguments: [
        "log: { colour: x }", "limits: { headers: 5 }", "limits: { connections: 5, max: 6 }",
    ])
    func theyAreFoundInEveryMapping(line: String) {
        let found = problems(valid + line)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.contains("unknown key") })
    }

    @Test(arguments: [
        "health_check: { intervall: 5s }", "timeouts: { conect: 5s }", "retry: { attempt: 5 }", "strategie: x",
    ])
    func theyAreFoundInEveryPartOfAPool(line: String) {
        let found = problems(pool: line)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.holds("test.yaml:4:", "unknown key", "did you mean") })
    }

    /// One mistake is told once, not again for everything that follows from it.
    @Test(arguments: [
        "pools: { w: { backend: [\"http://h\"] } }", "backends: [{ ulr: \"http://h\" }]",
        "pools: { w: { backends: [\"http://h\"], strategy: consistant_hash, hash: path } }",
        "pools: { w: { backends: [\"http://h\"] } }\nroutes: [{ poool: w }]",
        "rate_limit: { request: 5 }",
    ])
    func nothingIsSaidOfWhatFollowsFromAMistake(text: String) throws {
        let found = problems(text)
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).contains("did you mean"))
    }

    @Test func aSettingOfAPoolIsSentThere() {
        let found = problems(valid + "strategy: round_robin\nhealth_check: { path: / }\nretry: { attempts: 2 }")
        #expect(found.count == 3)
        #expect(
            found.allSatisfy { $0.holds("in a pool, under `pools`: write pools: { default: {", "in place of backends") }
        )
    }

    @Test func aSettingWithTwoHomesIsSentToBoth() throws {
        let found = problems("backends: [{ url: \"http://h\", rate_limit: { requests: 1 } }]")
        #expect(try #require(found.first).contains("belongs at the top of the file or in a route, under `routes`"))
    }
}

@Suite struct DuplicateKeyTests {
    @Test func theSecondIsReportedAndTheFirstNamed() {
        let found = problems("backends: [\"http://h\"]\nlisten: 3000\nlisten: 3001\n")
        #expect(found == ["test.yaml:3:1: the key \"listen\" is already given on line 2 (hint: keep one of them)"])
    }

    @Test func aPoolCannotBeGivenTwice() throws {
        let found = problems("pools:\n  web: { backends: [\"http://h\"] }\n  \"web\": { backends: [\"http://g\"] }\n")
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("test.yaml:3:3: pools: the key \"web\" is already given on line 2"))
    }

    @Test func theRestOfTheFileIsStillRead() {
        let found = problems(
            "listen: x\r\nlisten: y\r\nlisten: z\r\nlimits: { connections: 1, connections: 2, connexions: 3 }"
        )
        let starts = [
            "1:9: listen: \"x\" is not", "2:1: the key \"listen\"", "3:1: the key \"listen\"",
            "4:27: limits: the key \"connections\"", "4:43: limits: unknown key \"connexions\"",
        ]
        #expect(found.count == starts.count)
        for (problem, start) in zip(found, starts) {
            #expect(problem.hasPrefix("test.yaml:\(start)"))
        }
    }

    @Test func oneWithAnAnchorIsReportedToo() {
        let found = problems("&a listen: 3000\nlisten: 3001\n")
        #expect(found == ["test.yaml:1:1: the key \"listen\" stands twice in this mapping (hint: keep one of them)"])
    }
}
