// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@testable import CurlewConfig

@Suite struct SecretFileTests {
    private func checked(
        _ files: [String: String],
        openToAll: Bool = false,
        pool: String = "sticky: { secret_file: /s }"
    ) throws(ConfigurationFailure) -> CheckedConfiguration {
        try ConfigurationReader.check(
            "pools:\n  web:\n    backends: [\"https://h\"]\n    \(pool)\n",
            file: "test.yaml",
            surroundings: .with(files: files, openToAll: openToAll)
        )
    }

    private func problems(_ files: [String: String], pool: String = "sticky: { secret_file: /s }") -> [String] {
        do {
            _ = try checked(files, pool: pool)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test(arguments: ["0123456789abcdef", "0123456789abcdef\n", "0123456789abcdef\r\nmore\n"])
    func theFirstLineIsTheSecret(text: String) throws {
        let read = try checked(["/s": text])
        #expect(read.configuration.pools[0].sticky?.secret == Array("0123456789abcdef".utf8))
        #expect(read.notes == [])
    }

    @Test func aMissingOrEmptyFileIsToldAtItsKey() throws {
        let place = "test.yaml:4:28: pools.web.sticky.secret_file: "
        #expect(try #require(problems([:]).first).hasPrefix(place + "\"/s\": there is no such file"))
        #expect(try #require(problems(["/s": ""]).first).hasPrefix(place + "the first line of \"/s\" is empty"))
        #expect(try #require(problems(["/s": "\nsecret"]).first).contains("is empty"))
    }

    @Test func whatIsOpenToAllOrShortIsNoted() throws {
        let notes = try checked(["/s": "short"], openToAll: true).notes.map(\.description)
        #expect(notes.count == 2)
        #expect(notes.contains { $0.holds("every user of this machine may read \"/s\"", "chmod 600") })
        #expect(notes.contains { $0.holds("5 bytes", "openssl rand") })
    }

    @Test func realFilesAreReadAndTheirPermissionsSeen() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("0123456789abcdef\n", to: "secret")
        for (mode, isOpen) in [(mode_t(0o600), false), (0o640, false), (0o604, true)] {
            #expect(chmod(path, mode) == 0)
            let contents = try FileContents.read(path)
            #expect(contents.isOpenToAll == isOpen)
            #expect(contents.bytes == Array("0123456789abcdef\n".utf8))
        }
    }

    @Test func filesForTLSMustBeThere() {
        let pool = "backends: [{ url: \"https://h\", tls: { ca_file: /ca, cert_file: /c, key_file: /k } }]"
        let text = "pools:\n  web:\n    \(pool)\n"
        do {
            _ = try ConfigurationReader.read(
                text,
                file: "test.yaml",
                surroundings: .with(files: ["/c": "x", "/k": "x"])
            )
            Issue.record("the file /ca is not there")
        } catch {
            #expect(error.problems.map(\.description).allSatisfy { $0.holds("tls.ca_file", "\"/ca\"", "no such file") })
            #expect(error.problems.count == 1)
        }
    }
}

@Suite struct UsersFileTests {
    private func checked(_ users: String) throws(ConfigurationFailure) -> CheckedConfiguration {
        try ConfigurationReader.check(
            "backends: [\"http://h\"]\nroutes:\n  - pool: default\n    basic_auth: { users_file: /users }\n",
            file: "test.yaml",
            surroundings: .with(files: ["/users": users])
        )
    }

    @Test func eachLineIsAUser() throws {
        let read = try checked("# staff\nada:$2y$10$abc\r\n\n  \nbob:$6$salt$hash\n#x:y\n")
        #expect(
            read.configuration.routes[0].overrides.basicAuth?.users == ["ada": "$2y$10$abc", "bob": "$6$salt$hash"]
        )
    }

    @Test func problemsHaveThePlaceInThatFile() throws {
        do {
            _ = try checked("ada:$2y$10$abc\nbob\ncat:plain-text\nada:$6$a$b\n:$6$a$b\ndan:$apr1$x$y\n")
            Issue.record("the file is bad")
        } catch {
            let found = error.problems.map(\.description)
            let starts = [
                "/users:2:1: there is no colon", "/users:3:5: this is not the hash",
                "/users:4:1: the user \"ada\" is already",
                "/users:5:1: \"\" cannot be", "/users:6:5: this hash is of an old kind",
            ]
            #expect(found.count == starts.count)
            for (problem, start) in zip(found, starts) { #expect(problem.hasPrefix(start)) }
            #expect(!found.joined().contains("plain-text"))
        }
    }

    @Test func aFileWithoutUsersLetsNobodyIn() {
        #expect(throws: ConfigurationFailure.self) { try checked("# nobody\n") }
    }
}
