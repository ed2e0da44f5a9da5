// SPDX-License-Identifier: Apache-2.0
import CurlewTestKit
import Foundation
import Testing

@testable import Gateway

/// The file of a log that somebody else puts away.
@Suite(.timeLimit(.minutes(2)))
struct LogReopeningTests {
    private func lines(_ path: String) -> [String] {
        (TemporaryFolder.read(path) ?? "").split(separator: "\n").map(String.init)
    }

    private func write(_ message: String, _ log: AccessLog) {
        log.info(message)
        log.commit()
    }

    private func sink(_ path: String) throws -> LogSink {
        try LogSink(configuration: LogConfiguration(format: .text, output: .file(path)))
    }

    @Test func whatComesAfterTheReopeningIsInTheNewFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("log")
        let sink = try sink(path)
        let log = sink.makeAccessLog()
        write("one", log)
        #expect(eventually { lines(path) == ["INFO: one"] })
        rename(path, folder.file("old"))
        write("two", log)
        #expect(eventually { lines(folder.file("old")) == ["INFO: one", "INFO: two"] })
        sink.reopen()
        #expect(eventually { lines(path) == ["INFO: \(path) was opened anew"] })
        write("three", log)
        #expect(sink.stop(within: .seconds(10)))
        #expect(lines(path).last == "INFO: three")
        #expect(lines(folder.file("old")) == ["INFO: one", "INFO: two"])
    }

    @Test func aFolderThatHasVanishedIsToldAndWaitedFor() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sub/log")
        mkdir(folder.file("sub"), 0o755)
        let sink = try sink(path)
        let log = sink.makeAccessLog()
        write("one", log)
        #expect(eventually { lines(path) == ["INFO: one"] })
        rename(path, folder.file("old"))
        rmdir(folder.file("sub"))
        sink.reopen()
        write("two", log)
        #expect(eventually { lines(folder.file("old")).count == 3 })
        #expect(lines(folder.file("old")).contains { $0.hasPrefix("ERROR: cannot open the log file \(path): No such") })
        #expect(lines(folder.file("old")).contains("INFO: two"), "the log goes on")
        mkdir(folder.file("sub"), 0o755)
        #expect(eventually { lines(path).contains { $0.hasPrefix("ERROR: \(path) was opened anew after ") } })
        write("three", log)
        #expect(sink.stop(within: .seconds(10)))
        #expect(lines(path).last == "INFO: three")
        unlink(path)
        rmdir(folder.file("sub"))
    }

    /// What was written of a record stays behind; the new file begins with a whole one.
    @Test func aReaderThatIsPutAwayInTheMiddleOfARecordCostsThatRecord() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("log")
        #expect(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let sink = try sink(path)
        let log = sink.makeAccessLog()
        // No multiple of it is what a pipe holds, so that one is cut.
        let record = String(repeating: "x", count: 4500)
        for _ in 0..<100 { write(record, log) }
        var held: Int32 = 0
        #expect(
            eventually {
                _ = ioctl(reader, UInt(FIONREAD), &held)
                return held >= 60_000
            }
        )
        unlink(path)
        sink.reopen()
        #expect(sink.stop(within: .seconds(10)))
        let found = lines(path)
        #expect(found.count > 50)
        #expect(
            found.allSatisfy { $0 == "INFO: \(record)" || $0.hasPrefix("INFO: \(path) was") || $0.contains("dropped") }
        )
        #expect(sink.droppedRecords == 1)
    }

    @Test func anOutputThatIsNoFileStaysAsItIs() throws {
        let pipe = TestPipe()
        let sink = try LogSink(to: pipe)
        let log = sink.makeAccessLog()
        sink.reopen()
        write("one", log)
        #expect(pipe.lines(1) == ["INFO: one"])
        #expect(sink.stop(within: .seconds(10)))
    }
}
