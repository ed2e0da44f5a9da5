// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CurlewConfig

@Suite struct FileContentsTests {
    private func failure(_ path: String) -> String? {
        do {
            _ = try FileContents.text(of: path)
            return nil
        } catch {
            return error.description
        }
    }

    /// Calls `body` with the path of a file that holds `bytes`.
    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("curlew-\(UUID().uuidString).yaml")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    @Test func aMissingFileIsNamed() throws {
        let message = try #require(failure("/nowhere/curlew.yaml"))
        #expect(message.holds("curlew: /nowhere/curlew.yaml:", "No such file or directory", "(hint: check the path"))
        #expect(!message.contains("\n"))
    }

    @Test func aDirectoryIsNotAFile() throws {
        let message = try #require(failure("/tmp"))
        #expect(message.holds("/tmp", "Is a directory", "/tmp/curlew.yaml"))
    }

    @Test func aFileWithoutEndIsNotReadToIt() throws {
        #expect(try #require(failure("/dev/zero")).contains("longer than 1 MiB"))
    }

    @Test func textIsReadWholeAndWithoutItsByteOrderMark() throws {
        let text = String(repeating: "# ü\n", count: 50_000)
        try withFile([0xEF, 0xBB, 0xBF] + Array(text.utf8)) { (path: String) throws in
            #expect(try FileContents.text(of: path) == text)
        }
    }

    @Test func whatIsNotUTF8IsRefusedWithItsPlace() throws {
        try withFile(Array("listen: 3000\n# ä".utf8) + [0xE4]) { (path: String) throws in
            #expect(try #require(failure(path)).holds("\(path):2:4:", "not UTF-8"))
        }
        try withFile([0xFF, 0xFE, 0x61, 0]) { (path: String) throws in
            #expect(try #require(failure(path)).holds("\(path):1:1:", "UTF-16"))
        }
    }
}
