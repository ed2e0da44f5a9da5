// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The real `curlew`, started by a test on a port that the kernel chose.
package final class GatewayProcess: Sendable {
    package let process: ChildProcess
    /// The port that clients connect to.
    package let port: UInt16
    /// The configuration file.
    package let file: String
    private let folder: TemporaryFolder
    private let settings: Monitor<GatewaySettings>

    /// Starts the gateway and waits until it says that it runs.
    package init(_ settings: GatewaySettings) throws {
        folder = try TemporaryFolder()
        self.settings = Monitor(settings)
        file = try folder.write(settings.yaml, to: "curlew.yaml")
        process = try GatewayProcess.start(
            ["--config", file] + settings.arguments,
            environment: settings.environment,
            descriptors: settings.descriptors
        )
        // The forms of an access log have no place for messages.
        messages = ["common", "combined"].contains(settings.logFormat) ? process.standardError : process.standardOutput
        port = try GatewayProcess.announcedPort(of: process, in: messages)
    }

    /// Where what is not about a request is logged.
    package let messages: CapturedLog

    /// Standard output: the log.
    package var log: CapturedLog { process.standardOutput }
    package var pid: pid_t { process.pid }
    package var usage: ProcessUsage { get throws { try ProcessUsage(pid: pid) } }

    /// A new connection of a client.
    package func connect(receiveBuffer: Int32 = 0, sendBuffer: Int32 = 0) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer, sendBuffer: sendBuffer)
    }

    /// One GET on a connection of its own.
    package func get(_ target: String = "/") throws -> ReceivedResponse {
        try connect().get(target)
    }

    /// Waits until the gateway has logged, in either form, that each of these backends is healthy.
    package func waitUntilHealthy(_ urls: [String]) throws {
        for url in urls {
            try messages.wait(for: "\(url) to be found healthy") { line in
                if line.hasPrefix("HEALTH: HEALTHY \(url) ") { return true }
                guard line.hasPrefix("{"), let record = try? JSONValue(line) else { return false }
                return record["category"]?.string == "HEALTH" && record["backend"]?.string == url
                    && record["healthy"]?.bool == true
            }
        }
    }

    /// Writes the configuration file as it is to be from now on.
    package func rewrite(_ adjust: (inout GatewaySettings) -> Void) throws {
        let yaml = settings.change { settings in
            adjust(&settings)
            return settings.yaml
        }
        _ = try folder.write(yaml, to: "curlew.yaml")
    }

    /// Changes the configuration file, has the gateway read it, and waits until it says that it has applied it.
    ///
    /// - Returns: The line of the log (text or JSON) that says so.
    @discardableResult
    package func reload(_ adjust: (inout GatewaySettings) -> Void = { _ in }) throws -> String {
        // A thousand times in a row, nobody wants to look at all of it anew.
        let before = log.count
        try rewrite(adjust)
        process.send(SIGHUP)
        return try log.wait(for: "the configuration to be applied", after: before) {
            $0.contains("SIGHUP: configuration reloaded")
        }[0]
    }

    /// Starts the binary with these arguments and does not wait for anything. With `descriptors` it may open no more files
    /// than that. With a `wrapper`, that is started, and is given the command to run at its end.
    package static func start(
        _ arguments: [String],
        environment: [String: String] = [:],
        descriptors: Int? = nil,
        through wrapper: [String] = []
    ) throws -> ChildProcess {
        var variables = environment
        // What a sanitizer and a coverage run need; nothing else of the test's environment reaches the gateway.
        for name in ["PATH", "LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS", "LLVM_PROFILE_FILE"] {
            if let value = getenv(name), variables[name] == nil { variables[name] = String(cString: value) }
        }
        let command = wrapper + [try binary()] + arguments
        guard let descriptors else { return try ChildProcess(command, environment: variables) }
        let limited = ["/bin/sh", "-c", "ulimit -n \(descriptors) && exec \"$@\"", "sh"]
        return try ChildProcess(limited + command, environment: variables)
    }

    /// Runs the binary to its end.
    package static func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> (exit: ChildProcess.Exit, output: [String], errors: [String]) {
        let process = try start(arguments, environment: environment)
        let exit = try process.waitForExit()
        return (exit, process.standardOutput.lines, process.standardError.lines)
    }

    /// The port in the line (text or JSON) that says that the gateway runs.
    package static func announcedPort(of process: ChildProcess, in log: CapturedLog? = nil) throws -> UInt16 {
        do {
            let lines = try (log ?? process.standardOutput).wait(for: "the gateway to run") {
                announcedPort(in: $0) != nil
            }
            guard let port = announcedPort(in: lines[0]) else { throw KitError.malformed(lines[0]) }
            return port
        } catch {
            let errors = process.standardError.lines.joined(separator: "\n")
            throw KitError.process("the gateway did not start: \(error)\nstandard error: \(errors)")
        }
    }

    private static func announcedPort(in line: String) -> UInt16? {
        // With several addresses it says "ports" and all of them.
        for prefix in ["INFO: Load balancer running on port ", "INFO: Load balancer running on ports "]
        where line.hasPrefix(prefix) {
            return UInt16(line.dropFirst(prefix.count).prefix { $0 != "," })
        }
        guard line.hasPrefix("{"), let record = try? JSONValue(line), record["category"]?.string == "INFO",
            record["message"]?.string?.hasPrefix("Load balancer running on port") == true
        else { return nil }
        return record["port"]?.number.map { UInt16($0) }
    }

    /// The path of the binary: `CURLEW_BINARY`, or the one that was built together with the running tests.
    static func binary() throws -> String {
        if let path = getenv("CURLEW_BINARY") { return String(cString: path) }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw KitError.last("readlink") }
        // The tests of a package are one executable in the build folder, or are loaded from there by a helper.
        let candidates = [String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)]
        for candidate in candidates + CommandLine.arguments {
            guard let slash = candidate.lastIndex(of: "/") else { continue }
            let binary = candidate[..<slash] + "/curlew"
            if access(String(binary), X_OK) == 0 { return String(binary) }
        }
        throw KitError.process("no curlew binary beside the tests; set CURLEW_BINARY")
    }
}
