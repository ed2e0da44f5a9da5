// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("0.0.0.0:3000", "0.0.0.0", UInt16(3000)), ("[::]:3000", "::", 3000), ("127.0.0.1:0", "127.0.0.1", 0),
        (":3000", "0.0.0.0", 3000), ("3000", "0.0.0.0", 3000), ("localhost:3000", "127.0.0.1", 3000),
        ("[::1]:65535", "::1", 65535),
    ])
    func readsAnAddressAndAPort(text: String, host: String, port: UInt16) throws {
        #expect(try ListenAddress(parsing: text) == ListenAddress(host: host, port: port))
    }

    @Test(arguments: [
        ("", "nothing", "0.0.0.0:3000"), ("0.0.0.0:99999", "port 99999", "0 to 65535"),
        ("99999", "port 99999", "0 to 65535"),
        ("0.0.0.0", "no port", "0.0.0.0:3000"), ("localhost", "no port", "localhost:3000"),
        ("[::]", "no port", "[::]:3000"),
        ("0.0.0.0:", "no port", "0 to 65535"), (":", "no port", "0 to 65535"),
        ("0.0.0.0:http", "\"http\"", "0 to 65535"),
        ("example.com:80", "not an IP address", "0.0.0.0:3000"), ("*:3000", "not an IP address", "every interface"),
        ("::1:3000", "without brackets", "[::]:3000"), ("[::1:3000", "closing bracket", "[::]:3000"),
        ("[0.0.0.0]:3000", "IPv6", "[::]:3000"), ("http://0.0.0.0:3000/", "is a URL", "0.0.0.0:3000"),
        ("1.2.3.4.5:80", "not an IP address", "0.0.0.0:3000"), ("0.0.0.0:-1", "\"-1\"", "0 to 65535"),
        ("[::]3000", "not an address and a port", "[::]:3000"), ("web", "not an address", "0.0.0.0:3000"),
        ("::1", "without brackets", "[::]:3000"),
        ("/usr/bin:/bin:/sbin", "is not an address and a port", "0.0.0.0:3000 or [::]:3000"),
        ("1:2:3", "is not an address and a port", "0.0.0.0:3000 or [::]:3000"),
    ])
    func refusesTheRestAndSaysWhatToWrite(text: String, cause: String, remedy: String) throws {
        let message = try #require(complaint(ValueParser<ListenAddress>.listenAddress, text))
        #expect(message.holds(cause, remedy))
    }
}
