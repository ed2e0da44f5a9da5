// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What a gateway makes of the state in which it is started.
@Suite(.threads(.few)) struct StartingTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Runs `body` with a gateway that has got as far as waiting for its configuration, which comes through a pipe, and with
    /// what writes that.
    private func withPipe(_ body: (ChildProcess, (String) -> Void) throws -> Void) throws {
        let file = folder.file("pipe.yaml")
        #expect(mkfifo(file, 0o600) == 0)
        let process = try GatewayProcess.start(["--config", file])
        let deadline = Deadline.usual
        var pipe: Int32 = -1
        // There is nobody who would read until it has got there.
        while pipe < 0, process.isRunning, !deadline.hasPassed {
            pipe = open(file, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            sched_yield()
        }
        #expect(pipe >= 0)
        // Writing to one that nobody reads any more would end the tests.
        let reader = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        try body(process) { text in
            let bytes = Array(text.utf8)
            #expect(write(pipe, bytes, bytes.count) == bytes.count)
            close(pipe)
        }
    }

    @Test func signalsThatComeMeanwhileAreObeyedWhenItRuns() throws {
        let origin = try FakeOrigin("hello")
        try withPipe { process, send in
            process.send(SIGHUP)
            process.send(SIGUSR1)
            send(GatewaySettings(backends: [origin.url]).yaml)
            let port = try GatewayProcess.announcedPort(of: process)
            // Read again, a pipe has nothing more to say.
            try process.standardOutput.wait(for: "SIGHUP to be heard") { $0.contains("this is a pipe, and a file") }
            #expect(try RawClient(port: port).get().text == "hello")
            process.send(SIGTERM)
            #expect(try process.waitForExit() == .status(0))
        }
        origin.stop()
    }

    @Test func itCanBeStoppedMeanwhile() throws {
        try withPipe { process, send in
            process.send(SIGTERM)
            let exit = try process.waitForExit()
            #expect(exit == .signal(SIGTERM))
            send("")
        }
    }

    /// What is opened next would have their numbers, and what is meant for standard error would go to a client.
    @Test func closedStandardDescriptorsAreTakenByNothingElse() throws {
        let origin = try FakeOrigin("hello")
        let path = folder.file("log")
        var settings = GatewaySettings(backends: [origin.url])
        settings.log = ["output: \(path)"]
        let file = try folder.write(settings.yaml, to: "curlew.yaml")
        let closing = ["/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]
        let process = try GatewayProcess.start(["--config", file], through: closing)
        let deadline = Deadline.usual
        while TemporaryFolder.read(path)?.contains(" running on port ") != true {
            guard process.isRunning, !deadline.hasPassed else { throw KitError.process("it does not run") }
            sched_yield()
        }
        for descriptor in 0...2 {
            #expect(target(ofLink: "/proc/\(process.pid)/fd/\(descriptor)") == "/dev/null")
        }
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0))
        origin.stop()
    }

    @Test func closedStandardOutputIsNoPlaceForTheLog() throws {
        let file = try folder.write(GatewaySettings(backends: ["http://127.0.0.1:1"]).yaml, to: "curlew.yaml")
        let closing = ["/bin/sh", "-c", "exec \"$@\" >&-", "sh"]
        let process = try GatewayProcess.start(["--config", file], through: closing)
        #expect(try process.waitForExit() == .status(1))
        let reason = "curlew: standard output is closed, so there is nowhere to log to; open it or change log.output"
        #expect(process.standardError.lines == [reason])
    }

    private func target(ofLink path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
