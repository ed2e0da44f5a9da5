// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

@Suite struct FileWatchTests {
    private func look(_ number: UInt64, size: Int64 = 1) -> FileWatch.Look {
        FileWatch.Look(device: 1, number: number, size: size, seconds: 1, nanoseconds: 1)
    }

    private func ask(_ watch: inout FileWatch, _ look: FileWatch.Look?) -> Bool { watch.hasChanged(to: look) }

    @Test func aChangeIsToldOnceWhenItIsOver() {
        var watch = FileWatch(look(1))
        #expect(ask(&watch, look(1)) == false)
        // It is still being written.
        #expect(ask(&watch, look(2)) == false)
        #expect(ask(&watch, look(2, size: 2)) == false)
        #expect(ask(&watch, look(2, size: 2)))
        #expect(ask(&watch, look(2, size: 2)) == false)
    }

    @Test func aFileThatIsGoneForAMomentIsWaitedFor() {
        var watch = FileWatch(look(1))
        #expect(ask(&watch, nil) == false)
        #expect(ask(&watch, nil) == false)
        #expect(ask(&watch, look(1)) == false)
        #expect(ask(&watch, look(1)) == false)
        #expect(ask(&watch, look(3)) == false)
        #expect(ask(&watch, look(3)))
    }

    @Test func aLookSeesWhatALinkLeadsTo() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("one", to: "file")
        let before = try #require(FileWatch.Look(path: file))
        #expect(FileWatch.Look(path: file) == before)
        _ = try folder.write("other", to: "file")
        #expect(FileWatch.Look(path: file) != before)
        #expect(FileWatch.Look(path: file + "-missing") == nil)
    }
}
