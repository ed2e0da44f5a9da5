// SPDX-License-Identifier: Apache-2.0
import CurlewTestKit
import Foundation
import Testing

@testable import Gateway

/// Files, and outputs that go wrong.
@Suite(.timeLimit(.minutes(2)))
struct LogOutputTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.file("log")) }
    }

    private func log(_ message: String, to path: String) throws {
        let sink = try LogSink(configuration: LogConfiguration(output: .file(path)))
        #expect(sink.format == .json, "auto is JSON where there is no terminal")
        let log = sink.makeAccessLog(readTime: { Record.time })
        log.info(message)
        log.commit()
        #expect(sink.stop(within: .seconds(10)))
    }

    @Test func aFileIsAppendedToAndNotForEveryone() throws {
        try withFolder { path in
            try log("one", to: path)
            try log("two", to: path)
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(try lines.map { try decode(String($0))["message"] as? String } == ["one", "two"])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o137 == 0, "at most rw-r-----")
        }
    }

    @Test func aFileThatCannotBeOpenedSaysWhichAndWhy() throws {
        let error = #expect(throws: StartError.self) {
            try LogSink(configuration: LogConfiguration(output: .file("/nonexistent/curlew.log")))
        }
        #expect(
            error?.description == "cannot open the log file /nonexistent/curlew.log: No such file or directory; "
                + "make it writable or change log.output"
        )
    }

    @Test func aFullDiskIsCountedAndDoesNotStopTheStop() throws {
        let sink = try LogSink(configuration: LogConfiguration(output: .file("/dev/full")))
        let log = sink.makeAccessLog()
        log.info("nowhere")
        log.commit()
        #expect(eventually { sink.writeFailures >= 2 }, "it goes on trying")
        #expect(!sink.stop(within: .milliseconds(50)))
    }

    @Test func aNamedPipeThatLosesItsReaderGoesOnWithTheNext() throws {
        try withFolder { path in
            #expect(mkfifo(path, 0o600) == 0)
            let first = open(path, O_RDONLY | O_NONBLOCK)
            let sink = try LogSink(configuration: LogConfiguration(format: .text, output: .file(path)))
            let log = sink.makeAccessLog()
            close(first)
            log.info("kept")
            log.commit()
            #expect(eventually { sink.writeFailures >= 1 })
            let second = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(second) }
            var bytes = [UInt8](repeating: 0, count: 100)
            var size = 0
            #expect(
                eventually {
                    size = read(second, &bytes, 100)
                    return size > 0
                }
            )
            #expect(String(decoding: bytes[..<max(size, 0)], as: UTF8.self) == "INFO: kept\n")
            #expect(sink.stop(within: .seconds(10)))
        }
    }

    @Test func aPipeIsOpenedAnewSoThatTheOneItCameFromStaysBlocking() throws {
        let pipe = TestPipe()
        let output = LogOutput(descriptor: pipe.writeEnd, name: "pipe")
        #expect(output.kind == .nonBlocking)
        #expect(output.descriptor != pipe.writeEnd)
        #expect(fcntl(pipe.writeEnd, F_GETFL) & O_NONBLOCK == 0)
        output.close()
        #expect(fcntl(pipe.writeEnd, F_GETFL) >= 0)
        pipe.closeWriter()
        pipe.closeReader()
    }

    @Test func aSocketIsWrittenToWithoutWaiting() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        let output = LogOutput(descriptor: ends[1], name: "socket")
        #expect(output.kind == .socket)
        let megabyte = [UInt8](repeating: 0x61, count: 1 << 20)
        var result = output.write(megabyte.span)
        while case .wrote = result { result = output.write(megabyte.span) }
        #expect(result == .full)
        close(ends[1])
    }
}
