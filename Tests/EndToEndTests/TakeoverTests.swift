// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A process is replaced by another while clients come and go: by SIGUSR2, or by sockets that systemd hands on.
@Suite struct TakeoverTests {
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
            try gateway.log.wait(for: "it to be noticed") {
                $0 == "ERROR: the process that was to take over has ended with exit code 78; this one goes on"
            }
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
