// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct BackendURLTests {
    @Test(arguments: [
        ("http://localhost:3001", "localhost", UInt16(3001)), ("http://localhost", "localhost", 80),
        ("http://10.0.0.1:8080", "10.0.0.1", 8080), ("http://[::1]:3001", "::1", 3001),
        ("http://[2001:db8::1]", "2001:db8::1", 80),
        ("HTTP://Web_1.internal.:65535", "Web_1.internal.", 65535), ("http://localhost:3001/", "localhost", 3001),
        ("http://xn--bcher-kva.example:1", "xn--bcher-kva.example", 1),
    ])
    func readsHTTP(text: String, host: String, port: UInt16) throws {
        let url = try BackendURL(parsing: text)
        #expect(url.scheme == .http)
        #expect(url.endpoint == .tcp(host: host, port: port))
    }

    @Test func readsHTTPSWithItsOwnPort() throws {
        let url = try BackendURL(parsing: "https://example.com")
        #expect(url.scheme == .https)
        #expect(url.endpoint == .tcp(host: "example.com", port: 443))
    }

    @Test(arguments: ["unix:/run/app.sock", "unix:///run/app.sock", "UNIX:/run/app.sock"])
    func readsUnixSockets(text: String) throws {
        let url = try BackendURL(parsing: text)
        #expect(url.scheme == .http)
        #expect(url.endpoint == .unix(path: "/run/app.sock"))
        #expect(url.description == text)
    }

    @Test func isNamedAsItWasWrittenWithoutItsTrailingSlash() throws {
        #expect(try BackendURL(parsing: "http://Web:3001/").description == "http://Web:3001")
        #expect(try BackendURL(parsing: "https://[::1]").description == "https://[::1]")
    }

    @Test(arguments: [
        ("", "nothing", "http://host:port"),
        ("localhost:3001", "no scheme", "did you mean http://localhost:3001?"),
        ("10.0.0.1", "no scheme", "did you mean http://10.0.0.1?"),
        ("//web:1", "no scheme", "did you mean http://web:1?"),
        ("http:web:1", "not a URL", "did you mean http://web:1?"),
        ("http:/web", "not a URL", "did you mean http://web?"),
        ("http", "not a URL", "http://"),
        ("ftp://web:1", "\"ftp\"", "did you mean http://web:1?"),
        ("wss://web", "\"wss\"", "did you mean https://web?"),
        ("http://web/api", "path", "write http://web;"),
        ("http://web/?q", "path", "write http://web;"),
        ("http://web?q=1", "query", "write http://web;"),
        ("http://web#top", "fragment", "write http://web;"),
        ("http://me:secret@web", "password", "http://web;"),
        ("http://web:0", "port 0", "1 to 65535"),
        ("http://web:99999", "port 99999", "1 to 65535"),
        ("http://web:", "no port", "1 to 65535"),
        ("http://web:80a", "\"80a\"", "1 to 65535"),
        ("http://web:+80", "\"+80\"", "1 to 65535"),
        ("http://", "no host", "http://localhost:3001"),
        ("http://:3001", "no host", "http://localhost:3001"),
        ("http://a b", "space", "http://localhost:3001"),
        ("http://a\u{7}b", "control character", "http://host:port"),
        ("http://bücher.example", "ASCII", "xn--"),
        ("http://256.0.0.1", "IPv4", "0 to 255"),
        ("http://1.2.3", "IPv4", "0 to 255"),
        ("http://-web", "host name", "name"),
        ("http://a..b", "host name", "name"),
        ("http://a%20b", "host name", "name"),
        ("http://::1", "host and a port", "brackets"),
        ("http://[::1", "bracket", "http://[::1]:3001"),
        ("http://[::g]", "IPv6", "http://[::1]:3001"),
        ("http://[fe80::1%25eth0]", "IPv6", "http://[::1]:3001"),
        ("http://[::1]3001", "IPv6", "http://[::1]:3001"),
        ("unix:app.sock", "absolute path", "unix:/path"),
        ("unix:/run/", "absolute path", "unix:/path"),
        ("unix://web/app.sock", "absolute path", "unix:/path"),
    ])
    func refusesTheRestAndSaysWhatToWrite(text: String, cause: String, remedy: String) throws {
        let message = try #require(complaint(ValueParser<BackendURL>.backendURL, text))
        #expect(message.holds(cause, remedy))
    }

    @Test func doesNotRepeatAPassword() throws {
        let message = try #require(complaint(ValueParser<BackendURL>.backendURL, "http://me:secret@web"))
        #expect(!message.contains("secret"))
    }

    @Test func refusesASocketPathThatTheKernelWouldCut() throws {
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(try BackendURL(parsing: "unix:" + longest).endpoint == .unix(path: longest))
        #expect(try #require(complaint(ValueParser<BackendURL>.backendURL, "unix:\(longest)a")).contains("107"))
    }

    @Test func knowsTwoSpellingsOfOneBackend() throws {
        #expect(
            try BackendURL(parsing: "http://LOCALHOST").identity == BackendURL(parsing: "http://localhost:80/").identity
        )
        #expect(
            try BackendURL(parsing: "http://localhost").identity != BackendURL(parsing: "https://localhost:80").identity
        )
    }
}
