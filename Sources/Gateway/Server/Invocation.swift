// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// How this process was started, so that another can be started like it, and what it was given for that.
package struct Invocation: Sendable {
    /// The first names the program.
    package var arguments: [String]
    package var environment: [String: String]

    package init(arguments: [String], environment: [String: String]) {
        self.arguments = arguments
        self.environment = environment
    }

    // Not those of systemd, which say for which process they are meant: that of a new one is not known before it runs.
    private static let countOfSockets = "CURLEW_INHERITED_SOCKETS"
    private static let predecessorVariable = "CURLEW_PREDECESSOR"

    /// Who has started this process to be replaced by it; `nil` if nobody has.
    var predecessor: Int32? {
        // Whoever only finds the variable in its environment is not meant.
        environment[Self.predecessorVariable].flatMap { Int32($0) }.flatMap { $0 == ThisProcess.parent ? $0 : nil }
    }

    /// Another process serves still, and ends when this one does.
    package var isSuccessor: Bool { predecessor != nil }

    /// The listening sockets that this process was given, by the one that it replaces or by systemd (sd_listen_fds(3)): the
    /// descriptors from 3 on. Of those that are no TCP sockets, or do not listen, nothing is said.
    func inheritedListeners() -> [Listener] {
        let isForUs = environment["LISTEN_PID"] == "\(ThisProcess.id)"
        let count = predecessor != nil ? environment[Self.countOfSockets] : isForUs ? environment["LISTEN_FDS"] : nil
        guard let count = count.flatMap({ Int32($0) }), count > 0, count < 65_536 else { return [] }
        return (3..<3 + count).compactMap { Listener(inherited: $0) }
    }

    /// Starts a process like this one that is to replace it, and hands it these sockets.
    ///
    /// - Throws: The program is gone, or the system is out of processes, descriptors or memory.
    func startSuccessor(with sockets: [Int32]) throws(SystemError) -> SpawnedProcess {
        var environment = environment
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { environment[name] = nil }
        environment[Self.countOfSockets] = "\(sockets.count)"
        environment[Self.predecessorVariable] = "\(ThisProcess.id)"
        return try SpawnedProcess(
            arguments,
            environment: environment.map { "\($0.key)=\($0.value)" },
            descriptors: sockets
        )
    }
}
