// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Reactor
import Testing

@Suite struct MemoryFileTests {
    @Test(arguments: [0, 1, 1 << 20]) func whatIsInItCanBeReadAsOftenAsWanted(count: Int) throws {
        let text = String((0..<count).map { Character(UnicodeScalar(UInt8(ascii: "a") + UInt8($0 % 26))) })
        let file = try MemoryFile(Array(text.utf8).span)
        for _ in 0..<2 { #expect(TemporaryFolder.read(file.path) == text) }
    }

    @Test func eachHasItsOwnPath() throws {
        let files = [try MemoryFile([1].span), try MemoryFile([2].span)]
        #expect(files[0].path != files[1].path)
    }
}
