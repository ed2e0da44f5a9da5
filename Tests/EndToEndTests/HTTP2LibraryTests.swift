// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// `http2` with a libcurl that does not speak it well enough: nothing is pretended.
@Suite(.threads(.few), .enabled(if: !LibraryUnderTest.speaksHTTP2)) struct HTTP2LibraryTests {
    @Test func withoutTLSTheGatewayDoesNotStart() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("backends: [{ url: \"http://127.0.0.1:1\", http2: true }]", to: "curlew.yaml")
        let run = try GatewayProcess.run(["--config", file, "--listen", "127.0.0.1:0"])
        #expect(run.exit == .status(78))
        let checked = try GatewayProcess.run(["check", file])
        #expect(checked.exit == .status(1))
        for errors in [run.errors, checked.errors] {
            let text = errors.joined(separator: "\n")
            let place = "\(file):1:48: backends.http2: HTTP/2 to backends needs libcurl 8.10 or newer, and this is "
            #expect(text.contains(place), "\(text)")
        }
    }

    @Test func overTLSHTTP11IsSpokenAndTheLogSaysSo() throws {
        let backend = try HTTP2Backend(isTLS: true)
        try withGateway([], { $0.backends = [backend.item] }) { gateway in
            _ = try gateway.finding(of: backend.url)
            _ = try gateway.log.wait(for: "the warning") { $0.contains("HTTP/1.1 is used") }
            #expect(try gateway.get().text == "HTTP/1.1")
        }
        try backend.stop()
    }
}
