// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

/// What a file says in which variables stand.
private func check(_ text: String, _ environment: [String: String] = [:]) throws(ConfigurationFailure)
    -> GatewayConfiguration
{
    try ConfigurationReader.read(text, file: "test.yaml", surroundings: .with(environment))
}

private func problems(_ text: String, _ environment: [String: String] = [:]) -> [String] {
    do {
        _ = try check(text, environment)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct VariableTests {
    @Test(arguments: [
        ("${A}", "one"), ("x${A}y${A}z", "xoneyonez"), ("${UNSET:-two}", "two"), ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""), ("${A:-two}", "one"), ("${UNSET:-}", ""), ("$${A}", "${A}"), ("$${", "${"), ("$A$", "$A$"),
        ("$${A}${A}", "${A}one"), ("${NESTED}", "${A}"), ("${DOLLAR}{A}", "${A}"), ("${DOLLAR}${A}", "$one"),
        ("${UNSET:-a:-b}", "a:-b"), ("}${A}{", "}one{"),
    ])
    func theyAreReplacedOnce(text: String, expected: String) throws {
        let environment = ["A": "one", "EMPTY": "", "NESTED": "${A}", "DOLLAR": "$"]
        #expect(try Interpolation.expand(text, environment) == expected)
    }

    @Test(arguments: [
        "workers: ${N}", "workers: \"${N}\"", "{ \"workers\": \"${N}\" }", "workers: ${M:-3}", "workers: ${M:-${N}}",
    ])
    func plainAndDoubleQuotedValuesHaveThem(text: String) throws {
        if text.contains(":-$") {
            // A default is what it looks like: it ends at the first brace.
            #expect(problems(text, ["N": "3"]).count == 1)
        } else {
            #expect(try check(text, ["N": "3"]).workers == .exactly(3))
        }
    }

    @Test func singleQuotesAndBlocksDoNot() throws {
        for body in ["'${N}'", "|-\n        ${N}", ">-\n        ${N}"] {
            let read = try check("routes:\n  - respond:\n      body: \(body)\n")
            var expected = FixedResponseConfiguration()
            expected.body = Array("${N}".utf8)
            #expect(read.routes[0].action == .respond(expected))
        }
    }

    @Test func aVariableNeverAddsStructure() throws {
        for value in [
            "[http://a, http://b]", "http://a\n  - http://b", "{ url: http://a }", "http://a # x", "*a", "http://a: b",
        ] {
            let found = problems("backends:\n  - ${URL}\n", ["URL": value])
            #expect(found.count == 1)
            #expect(found.allSatisfy { $0.hasPrefix("test.yaml:2:5: backends: ") })
        }
        #expect(problems("backends: ${LIST}\n", ["LIST": "[http://a]"]).first?.contains("expected a list") == true)
        #expect(problems("${KEY}: 3\n", ["KEY": "workers"]).first?.contains("unknown key \"${KEY}\"") == true)
    }

    @Test(arguments: [
        ("workers: ${UNSET}", "1:10: workers: the variable UNSET is not set", "${UNSET:-default}"),
        ("log:\n  output: /tmp/${A}/${UNSET}", "2:21: log.output: the variable UNSET is not set", "set it"),
        ("log:\n  output: \"/tmp/$${X}/${UNSET}\"", "2:23: log.output: the variable UNSET", "set it"),
        ("workers: x${", "1:11: workers: a ${ is not closed", "$${"),
        ("workers: ${A-B}", "1:10: workers: \"A-B\" is not the name", "${NAME}"),
        ("workers: ${}", "1:10: workers: \"\" is not the name", "${NAME}"),
        ("workers: ${1A}", "1:10: workers: \"1A\" is not the name", "${NAME}"),
        ("workers: ${A}", "1:10: workers: expected auto or a whole number but found \"one\"", "comes of \"${A}\""),
    ])
    func problemsAreFoundAtTheVariable(text: String, message: String, remedy: String) throws {
        let found = problems(text, ["A": "one"])
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("test.yaml:\(message)"))
        #expect(found[0].contains(remedy))
    }

    @Test func theFileOfTheGatewayHasThoseOfItsEnvironment() throws {
        let flags = CommandLineSettings(config: "f")
        #expect(try load(flags, ["N": "3"], files: ["f": "workers: ${N}"]).workers == .exactly(3))
    }

    @Test func withinBracketsAPlainOneIsToldToBeQuoted() throws {
        #expect(try #require(problems("backends: [http://${HOST}]").first).contains("double quotes"))
        #expect(
            try check("backends: [\"http://${HOST}\"]", ["HOST": "a"]).pools[0].backends[0].url.description
                == "http://a"
        )
    }
}
