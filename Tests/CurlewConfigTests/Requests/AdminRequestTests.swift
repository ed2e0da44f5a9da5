// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

/// What the admin API is sent is read by the rules of the file.
@Suite struct AdminRequestTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func messages(_ read: () throws(AdminRequest.Failure) -> Void) -> [String] {
        do throws(AdminRequest.Failure) {
            try read()
            return []
        } catch {
            switch error {
            case .malformed(let detail): return [detail]
            case .invalid(let failure): return failure.problems.map(\.message)
            }
        }
    }

    @Test func aBackendIsReadAsInTheFile() throws {
        let text = #"{"url":"https://h:8443/","weight":3,"max_connections":9,"backup":true,"enabled":false,"sni":"x"}"#
        let file = "backends: [http://spare, \(text)]"
        let wanted = try ConfigurationReader.read(file, file: "f").pools[0].backends[1]
        #expect(try AdminRequest.backend(bytes(text)) == wanted)
    }

    @Test func problemsReadAsThoseOfTheFile() {
        let found = messages { () throws(AdminRequest.Failure) in
            _ = try AdminRequest.backend(bytes(#"{"url":"ftp://h","weight":0,"colour":1,"tls":{"cafile":"x"}}"#))
        }
        #expect(found.count == 4 && found.contains("weight: 0 is out of range"), "\(found)")
        #expect(found.contains("unknown key \"colour\"") && found.contains("tls: unknown key \"cafile\""), "\(found)")
    }

    @Test func aBackendWithoutAURLOrTwiceTheSameMemberIsRefused() {
        #expect(messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.backend(bytes("{}")) }.count == 1)
        let twice = messages { () throws(AdminRequest.Failure) in
            _ = try AdminRequest.backend(bytes(#"{"url":"http://a","url":"http://b"}"#))
        }
        #expect(twice.count == 1 && twice[0].contains("\"url\" is already given above"), "\(twice)")
    }

    @Test func aVariableIsATextAsAnyOther() {
        let found = messages { () throws(AdminRequest.Failure) in
            _ = try AdminRequest.backend(bytes(#"{"url":"http://${HOME}"}"#))
        }
        #expect(found.count == 1 && found[0].contains("${HOME}"), "\(found)")
    }

    @Test(arguments: [
        #"{"weight":"3"}"#, #"{"weight":true}"#, #"{"weight":null}"#, #"{"weight":[3]}"#, #"{"weight":3.5}"#,
        #"{"enabled":"true"}"#, #"{"enabled":1}"#, #"{"enabled":"yes"}"#, #"{"weight":1001}"#, #"{"url":"http://h"}"#,
    ])
    func typesAreThoseOfJSON(text: String) {
        #expect(
            !messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.backendChange(bytes(text)) }.isEmpty
        )
    }

    @Test func whatIsNotNamedIsNotChanged() throws {
        #expect(try AdminRequest.backendChange(bytes("{}")) == .init())
        #expect(try AdminRequest.backendChange(bytes(#"{"weight":2}"#)) == .init(weight: 2))
        #expect(try AdminRequest.backendChange(bytes(#"{"enabled":false}"#)) == .init(isEnabled: false))
    }

    @Test func onlyWhatNeedsNoBodyDoesWithoutOne() throws {
        try AdminRequest.nothing([])
        #expect(try AdminRequest.drainTimeout([]) == nil)
        #expect(try AdminRequest.drainTimeout(bytes(#"{"timeout":"1500ms"}"#)) == .milliseconds(1500))
        for text in ["", "[]", "1", "null", "\"x\"", "{"] {
            let found = messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.backendChange(bytes(text)) }
            #expect(found.count == 1 && found[0].hasPrefix("the body is"), "\(text): \(found)")
        }
        #expect(!messages { () throws(AdminRequest.Failure) in try AdminRequest.nothing(bytes(#"{"x":1}"#)) }.isEmpty)
    }

    @Test func aDrainIsWaitedForAnHourAtMost() throws {
        #expect(try AdminRequest.drainTimeout(bytes(#"{"timeout":"1h"}"#)) == .seconds(3600))
        for text in [#"{"timeout":"61m"}"#, #"{"timeout":5}"#, #"{"timeout":"soon"}"#, #"{"timeout":"off"}"#] {
            #expect(
                !messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.drainTimeout(bytes(text)) }.isEmpty
            )
        }
    }

    @Test func aRequestToBeExplainedIsReadAsTheCommandReadsIt() throws {
        let text =
            #"{"method":"POST","url":"http://h/x","headers":["A: ${B}","Content-Length: 3"],"from":"2001:db8::9"}"#
        let wanted = try RequestDraft(
            method: "POST",
            url: "http://h/x",
            headers: ["A: ${B}", "Content-Length: 3"],
            from: try #require(IPAddress("2001:db8::9"))
        )
        #expect(try AdminRequest.draft(bytes(text)) == wanted)
        let least = try AdminRequest.draft(bytes(#"{"method":"GET","url":"/","headers":[]}"#))
        #expect(least.connection == IPAddress("127.0.0.1"))
    }

    @Test(
        arguments: [
            (#"{"url":"/"}"#, "method"), (#"{"method":"GET"}"#, "url"), (#"{"method":"GET","url":""}"#, "url: "),
            (#"{"method":"","url":"/"}"#, "method: "), (#"{"method":1,"url":"/"}"#, "method: "),
            (#"{"method":"GET","url":null}"#, "url: "), (#"{"method":"GET","url":"ftp://h"}"#, "url: "),
            (#"{"method":"GET","url":"/","headers":"A: 1"}"#, "headers: "),
            (#"{"method":"GET","url":"/","headers":["A: 1","B"]}"#, "headers[1]: "),
            (#"{"method":"GET","url":"/","headers":["A: 1",2]}"#, "headers[1]: "),
            (#"{"method":"GET","url":"/","headers":["A: 1\r\nB: 2"]}"#, "headers[0]: "),
            (#"{"method":"GET","url":"/","from":"nobody"}"#, "from: "),
            (#"{"method":"GET","url":"/","to":1}"#, "\"to\""),
        ] as [(String, String)]
    )
    func whatIsNoRequestNamesWhatIsWrong(text: String, words: String) {
        let found = messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.draft(bytes(text)) }
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }

    @Test func theLevelAndTheTextOfAConfigurationAreRead() throws {
        #expect(try AdminRequest.logLevel(bytes(#"{"level":"debug"}"#)) == .debug)
        #expect(try AdminRequest.configuration(bytes(#"{"configuration":"a: b\n"}"#)) == "a: b\n")
        for text in ["{}", #"{"level":"loud"}"#, #"{"level":3}"#] {
            #expect(!messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.logLevel(bytes(text)) }.isEmpty)
        }
        for text in ["{}", #"{"configuration":{}}"#, #"{"configuration":1}"#, #"{"configuration":null}"#] {
            let found = messages { () throws(AdminRequest.Failure) in _ = try AdminRequest.configuration(bytes(text)) }
            #expect(found.count == 1, "\(text)")
        }
    }
}
