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

    /// A pipe gives what it has once, and the configuration may be read again; and none may keep its reader waiting.
    @Test func onlyAFileThatCanBeReadAgainWillDo() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let listener = try Listening(at: folder.file("socket"))
        for (path, kind) in [
            (pipe, "a pipe"), (folder.path, "a directory"), ("/dev/null", "a device"), ("/dev/zero", "a device"),
            (listener.path, "a socket"),
        ] {
            let text = "pools:\n  web:\n    backends: [\"http://h\"]\n    sticky: { secret_file: \(path) }\n"
            let found = CurlewConfigTests.problems(text)
            #expect(found.count == 1)
            #expect(try #require(found.first).holds("test.yaml:4:28: ", "this is \(kind), and a file is wanted"))
        }
    }

    @Test func filesForTLSMustBeThere() {
        let pool = "backends: [{ url: \"https://h\", tls: { ca_file: /ca, cert_file: /c, key_file: /k } }]"
        let text = "pools:\n  web:\n    \(pool)\n"
        do {
            _ = try ConfigurationReader.read(
                text,
                file: "test.yaml",
                surroundings: .with(files: ["/c": ShownPEM.certificate, "/k": ShownPEM.key])
            )
            Issue.record("the file /ca is not there")
        } catch {
            #expect(error.problems.map(\.description).allSatisfy { $0.holds("tls.ca_file", "\"/ca\"", "no such file") })
            #expect(error.problems.count == 1)
        }
    }
}

/// Blocks that say what they are and hold nothing.
enum ShownPEM {
    static let certificate = "my own\n-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    static let key = "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n"
}

@Suite struct PEMFileTests {
    @Test(arguments: [
        ("ca_file: /f", "root:x:0:0\n", "no certificate"), ("cert_file: /f", "", "no certificate"),
        ("cert_file: /f", ShownPEM.key, "no certificate"),
        ("cert_file: /c, key_file: /f", ShownPEM.certificate, "no private key"),
        ("ca_file: /f", "see -----BEGIN CERTIFICATE-----", "no certificate"),
    ])
    func filesForTLSMustHoldWhatTheyAreFor(settings: String, text: String, words: String) throws {
        let error = try #require(throws: ConfigurationFailure.self) {
            try ConfigurationReader.read(
                "pools: { web: { backends: [{ url: \"https://h\", tls: { \(settings) } }] } }",
                file: "test.yaml",
                surroundings: .with(files: ["/f": text, "/c": ShownPEM.certificate])
            )
        }
        #expect(error.problems.count == 1)
        #expect(error.description.holds("test.yaml:1:", "tls.", words, "-----BEGIN "))
    }

    @Test func aFileMayHoldBoth() throws {
        let read = try ConfigurationReader.read(
            "pools: { web: { backends: [{ url: \"https://h\", tls: { cert_file: /f, key_file: /f } }] } }",
            file: "test.yaml",
            surroundings: .with(files: ["/f": ShownPEM.key + ShownPEM.certificate])
        )
        #expect(read.pools[0].backends[0].options.tls.keyFile?.name == "/f")
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
        let read = try checked("# staff\nada:\(ShownHash.bcrypt)\r\n\n  \nbob:\(ShownHash.sha512)\n#x:y\n")
        let users = read.configuration.routes[0].overrides.basicAuth?.users
        #expect(users == ["ada": ShownHash.bcrypt, "bob": ShownHash.sha512])
    }

    @Test func problemsHaveThePlaceInThatFile() throws {
        do {
            let (good, bad) = (ShownHash.bcrypt, ShownHash.bcrypt.dropLast())
            _ = try checked(
                "ada:\(good)\nbob\ncat:plain-text\nada:\(good)\n:\(good)\ndan:$apr1$x$y\neve:\(bad)\r\n"
                    + "fay:$2y$31$\(good.dropFirst(7))\ngil:$6$rounds=2000000$\(ShownHash.sha512.dropFirst(3))\n"
            )
            Issue.record("the file is bad")
        } catch {
            let found = error.problems.map(\.description)
            let starts = [
                "/users:2:1: there is no colon", "/users:3:5: this is not the hash",
                "/users:4:1: the user \"ada\" is already",
                "/users:5:1: \"\" cannot be", "/users:6:5: this hash is of an old kind",
                "/users:7:5: a bcrypt hash has 53 characters behind its cost, and this one has 52: it is cut off (",
                "/users:8:5: the cost of this bcrypt hash is 31, and it may be 4 to 14",
                "/users:9:5: this SHA-512-crypt hash has 2000000 rounds, and there may be 1000 to 1000000",
            ]
            #expect(found.count == starts.count)
            for (problem, start) in zip(found, starts) { #expect(problem.hasPrefix(start)) }
            #expect(!found.joined().contains("plain-text"))
            #expect(!found.joined().contains(ShownHash.bcrypt.suffix(31).prefix(8)))
        }
    }

    @Test func aFileWithoutUsersLetsNobodyIn() {
        #expect(throws: ConfigurationFailure.self) { try checked("# nobody\n") }
    }
}

/// Hashes of `secret`.
enum ShownHash {
    static let bcrypt = "$2y$05$dUazlzhvegOQ1K9JolOZMOJixcNiMQg5WFdKEmoUBl7Oq7APAWACW"
    static let sha512 =
        "$6$salt$egUxKNxDs8kPfh8iPMNcosMhb2eWah6d3R44JDm5Rj/j/XWR5E33QPd0YmHXoDHOIDR6kL5D3JcQcz0O8FHE00"
}

/// A socket in the file system.
private final class Listening {
    let path: String
    private let descriptor: Int32

    init(at path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result != 0 { throw KitError.malformed("no socket at \(path)") }
    }

    deinit { close(descriptor) }
}
