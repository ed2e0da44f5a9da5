// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct UnixSocketBackendTests {
    @Test func isPingedAndServesRequests() throws {
        let folder = try TemporaryFolder()
        let origin = try FakeOrigin(socketPath: folder.file("one.sock")) { .echo($0) }
        try withGateway([origin]) { gateway in
            try gateway.log.wait(forLine: "HEALTH: HEALTHY unix:\(folder.path)/one.sock - status: 200")
            let client = try gateway.connect()
            for _ in 0..<5 {
                let response = try client.exchange(request("POST", "//a/../b?c", body: "hello"))
                #expect(response.text == "hello")
            }
            #expect(origin.connections.map(\.requests) == [5])
            let seen = try origin.waitForRequest()
            #expect(seen.target == "//a/../b?c")
            #expect(seen.fields["Host"] == "test.example")
            try gateway.log.wait(forLine: "REQUEST: POST //a/../b?c -> \(origin.url)", count: 5)
        }
    }

    @Test func sharesAPoolWithOthersAndFailsOver() throws {
        let folder = try TemporaryFolder()
        let local = try FakeOrigin(socketPath: folder.file("a.sock")) { _ in .text("a") }
        let remote = try FakeOrigin("b")
        try withGateway([local, remote]) { gateway in
            let answer = try (0..<4).map { _ in try gateway.get().text }
            #expect(answer == ["a", "b", "a", "b"])
            local.stop()
            #expect(try (0..<3).map { _ in try gateway.get().text } == ["b", "b", "b"])
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(local.url) - ")
        }
    }

    @Test func pathThatDoesNotExistIsUnhealthy() throws {
        let origin = try FakeOrigin("b")
        try withGateway([origin], { $0.backends.insert("unix:/nowhere/at/all", at: 0) }) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY unix:/nowhere/at/all - ")
            #expect(try gateway.get().text == "b")
        }
    }
}
