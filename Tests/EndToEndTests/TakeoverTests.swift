// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A process is replaced by another while clients come and go: by SIGUSR2, or by sockets that systemd hands on.
@Suite(.threads(.patient)) struct TakeoverTests {
    /// The id of the process that the log says takes over, `number` being how many have before.
    static func successor(in log: CapturedLog, after number: Int = 0) throws -> pid_t {
        let lines = try log.wait(for: "another process to be started", count: number + 1) {
            $0.contains("is to take over when it serves")
        }
        let words = lines[number].split(separator: " ")
        let place = try #require(words.firstIndex(of: "process"))
        return try #require(pid_t(words[place + 1]))
    }

    /// Ends a process that is not a child of this one, and waits until it is gone.
    static func end(_ process: pid_t) {
        kill(process, SIGTERM)
        let deadline = Deadline.usual
        while kill(process, 0) == 0, !deadline.hasPassed { usleep(5000) }
        if kill(process, 0) == 0 { kill(process, SIGKILL) }
    }

    @Test func noRequestFailsWhileOneProcessReplacesAnother() throws {
        let origins = try namedOrigins("a", "b")
        let gate = Gate()
        let slow = try FakeOrigin { _ in .text("slow", gate: gate) }
        let settings: (inout GatewaySettings) -> Void = {
            $0.pools = [("web", origins.map(\.url)), ("slow", [slow.url])]
            $0.routes = "  - { pool: web }\n  - { path: /slow, pool: slow }"
            $0.workers = 2
            $0.log = ["access: off"]
            $0.drainTimeout = "20s"
        }
        try withGateway(origins, settings) { gateway in
            let held = try gateway.connect()
            try held.send(request("GET", "/slow"))
            try slow.waitForRequest()
            let load = SteadyLoad(port: gateway.port, targets: ["/x"], keeping: 3, renewing: 3)
            try load.wait(for: 100)
            gateway.process.send(SIGUSR2)
            let next = try Self.successor(in: gateway.log)
            defer { Self.end(next) }
            try gateway.log.wait(for: "it to take over") { $0.contains("taking over from process \(gateway.pid)") }
            try load.wait(for: 200)
            // The old process has nothing left but this one.
            #expect(gateway.process.isRunning)
            gate.open()
            let response = try held.response()
            #expect(response.text == "slow" && response.fields.lists("close", in: "Connection"))
            #expect(try gateway.process.waitForEnd() == .status(0))
            try load.wait(for: 200)
            #expect(try load.stop() == [])
            #expect(kill(next, 0) == 0)
        }
        slow.stop()
    }

    @Test func aSuccessorThatCannotStartChangesNothing() throws {
        try withGateway(try namedOrigins("a")) { gateway in
            try gateway.rewrite { $0.top = ["bananas: 3"] }
            gateway.process.send(SIGUSR2)
            let noticed = "ERROR: the process that was to take over has ended with exit code 78; this one goes on; "
            let line = try gateway.log.wait(forPrefix: noticed)
            // The log may be a file, and standard error where nobody looks.
            #expect(line.hasSuffix("curlew check \(gateway.file)"))
            try gateway.process.standardError.wait(for: "the reason") { $0.contains("bananas") }
            #expect(try gateway.get().text == "a")
            // The next one may do better.
            try gateway.rewrite { $0.top = [] }
            gateway.process.send(SIGUSR2)
            let next = try Self.successor(in: gateway.log, after: 1)
            #expect(try gateway.process.waitForEnd() == .status(0))
            #expect(try gateway.get().text == "a")
            Self.end(next)
        }
    }

    /// Runs `body` with a gateway whose successor hangs, and heeds no SIGTERM.
    private func withHangingSuccessor(_ body: (ChildProcess, UInt16) throws -> Void) throws {
        let origin = try FakeOrigin("a")
        let folder = try TemporaryFolder()
        let script = try folder.write("#!/bin/sh\ntrap '' TERM\nexec sleep 120\n", to: "curlew")
        #expect(chmod(script, 0o700) == 0)
        let file = try folder.write(GatewaySettings(backends: [origin.url]).yaml, to: "curlew.yaml")
        // The program is started again by the name that it was given.
        let renamed = ["/bin/bash", "-c", "exec -a \"$0\" \"$@\"", script]
        let process = try GatewayProcess.start(["--config", file], through: renamed)
        try body(process, try GatewayProcess.announcedPort(of: process))
        // Not before nobody has its output any more: the successor is gone too.
        #expect(try process.waitForExit() == .status(0))
        origin.stop()
    }

    @Test func aSuccessorThatHangsDoesNotOutliveTheOneThatItWasToReplace() throws {
        try withHangingSuccessor { process, port in
            process.send(SIGUSR2)
            let next = try Self.successor(in: process.standardOutput)
            process.send(SIGTERM)
            try process.standardOutput.wait(
                forLine: "INFO: SIGTERM: process \(next), which has not taken over yet, is to stop too"
            )
        }
    }

    @Test func aSuccessorThatHangsIsEndedAndAnotherMayBeTried() throws {
        try withHangingSuccessor { process, port in
            process.send(SIGUSR2)
            let next = try Self.successor(in: process.standardOutput)
            let log = process.standardOutput
            let text = "ERROR: process \(next) was to take over and does not serve after 30s; it is ended, "
            try log.wait(for: "its time to be over", until: .after(seconds: 60)) { $0.hasPrefix(text) }
            try log.wait(for: "its end") { $0.contains("was to take over has ended with signal 9; this one goes on") }
            #expect(try RawClient(port: port).get().text == "a")
            process.send(SIGUSR2)
            let other = try Self.successor(in: log, after: 1)
            #expect(other != next)
            process.send(SIGTERM)
        }
    }

    @Test(arguments: [1, 2]) func socketsOfSystemdAreListenedOn(workers: Int) throws {
        let origin = try FakeOrigin("hello")
        let folder = try TemporaryFolder()
        var settings = GatewaySettings(backends: [origin.url])
        settings.workers = workers
        let file = try folder.write(settings.yaml, to: "curlew.yaml")
        // What systemd does: it listens, and whoever runs later finds the socket as descriptor 3.
        let script = """
            import os, socket, sys
            first = socket.socket()
            first.bind(("127.0.0.1", 0))
            first.listen(64)
            os.dup2(first.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ["LISTEN_FDS"] = "1"
            os.environ["LISTEN_PID"] = str(os.getpid())
            print(first.getsockname()[1], flush=True)
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let process = try GatewayProcess.start(["--config", file], through: ["/usr/bin/python3", "-c", script])
        let port = try #require(UInt16(process.standardOutput.wait(for: "the port") { UInt16($0) != nil }[0]))
        #expect(try GatewayProcess.announcedPort(of: process) == port)
        for _ in 0..<10 { #expect(try RawClient(port: port).get().text == "hello") }
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0))
        origin.stop()
    }
}
