// SPDX-License-Identifier: Apache-2.0

internal import Reactor
internal import Synchronization

/// Who may connect.
extension Worker {
    /// What the log tells of those who may not, each in its own time.
    struct Complaints {
        var full = Complaint()
        var perClient = Complaint()
        var proxyHeader = Complaint()
        var descriptors = Complaint()
    }

    /// Clients beyond the limits that are being told so at once, by each worker. Beyond these they are told so in haste.
    static let maximumRefusals = 16

    /// Takes a client that has just connected. With `speaksProxy` its connection begins with a PROXY protocol header.
    func accepted(_ socket: Socket, from address: IPAddress, speaksProxy: Bool) {
        context.counters.increment(WorkerLayout.accepted)
        let peer = Peer(address, isTrusted: context.generation.trusted.contains(address))
        if speaksProxy && !peer.isTrusted && !address.isLoopback {
            complain(
                \.proxyHeader,
                "a PROXY protocol connection from \(peer.text.string) is closed: add it to trusted_proxies if it may say who its clients are"
            )
            context.counters.increment(WorkerLayout.refused + ConnectionRefusal.untrusted.rawValue)
            return socket.close()
        }
        // One more than allowed is told so at once: silence would look like a gateway that hangs.
        let (before, _) = shared.connections.wrappingAdd(1, ordering: .relaxed)
        let maximum = context.generation.snapshot.maximumClients
        guard before < maximum || makesRoom({ $0.holdsPlace }) else {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            complain(
                \.full,
                context.responder == nil
                    ? "limits.connections is reached: \(maximum) clients are connected, more are answered 503"
                    : "\(acceptorName): all \(maximum) connections that it takes are in use, more are answered 503"
            )
            context.counters.increment(WorkerLayout.refused + ConnectionRefusal.full.rawValue)
            return refuse(socket, from: peer, ProxyError(.gatewayFull))
        }
        do {
            let connection = try ClientConnection(socket, from: peer, speaksProxy: speaksProxy, worker: self)
            add(connection)
            connection.holdsPlace = true
            if !speaksProxy { admit(connection) }
        } catch {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
            socket.close()
        }
    }

    /// Where there is no place left, who has none to ask for gives his to who has just come: a server of the gateway's own is
    /// asked by few, and whoever only keeps connections must not keep them from asking. Those that never asked anything go
    /// first, then those that were silent for longest. Clients of the gateway's keep theirs.
    private func makesRoom(_ isAmongThem: (ClientConnection) -> Bool) -> Bool {
        guard context.responder != nil, let connection = longestSilent(isAmongThem) else { return false }
        connection.giveWay()
        return true
    }

    /// What the log calls the listeners of a server of the gateway's own.
    private var acceptorName: String {
        let listen = context.generation.snapshot.configuration.listen
        return "clients of \(listen.map(\.description).joined(separator: ", "))"
    }

    /// Counts the connection as one of its client's, now that it is known who that is, or refuses it.
    func admit(_ connection: ClientConnection) {
        // Behind a trusted proxy are many clients.
        let limits = context.generation.snapshot.configuration.limits
        guard let maximum = limits.connectionsPerClient, !connection.peer.isTrusted else { return }
        let client = connection.peer.address.client
        let isAdmitted =
            shared.clients.admit(client, atMost: maximum)
            || makesRoom { $0.isCountedForClient && $0.peer.address.client == client }
                && shared.clients.admit(client, atMost: maximum)
        if isAdmitted {
            connection.isCountedForClient = true
        } else {
            complain(
                \.perClient,
                context.responder == nil
                    ? "limits.connections_per_client is reached by \(connection.peer.text.string), whose further connections are answered 429"
                    : "\(acceptorName): \(connection.peer.text.string) has \(maximum) connections, more of its are answered 429"
            )
            context.counters.increment(WorkerLayout.refused + ConnectionRefusal.clientLimit.rawValue)
            connection.refuse(ProxyError(.tooManyConnections))
        }
    }

    /// Gives back what the connection has taken.
    func release(_ connection: ClientConnection) {
        if connection.isCountedForClient { shared.clients.release(connection.peer.address.client) }
        if connection.holdsPlace {
            shared.connections.wrappingSubtract(1, ordering: .relaxed)
        } else {
            refusals -= 1
        }
        for acceptor in acceptors { acceptor.resume() }
    }

    /// Logs `message`, unless the same was logged a moment ago.
    func complain(
        _ kind: WritableKeyPath<Complaints, Complaint>,
        _ message: @autoclosure () -> String,
        level: LogConfiguration.Level = .warning
    ) {
        guard let count = complaints[keyPath: kind].report(at: loop.now.nanoseconds) else { return }
        let times = count > 1 ? " (\(count) since the last such message)" : ""
        context.log.diagnostic(level: level, message: message() + times)
    }

    /// Tells a client that has no place among the connections why it is not served.
    private func refuse(_ socket: Socket, from peer: Peer, _ error: ProxyError) {
        if refusals < Worker.maximumRefusals,
            let connection = try? ClientConnection(socket, from: peer, speaksProxy: false, worker: self)
        {
            refusals += 1
            add(connection)
            return connection.refuse(error)
        }
        writeRefusal(error, to: socket)
        // What the client has sent is read, lest closing resets the connection before it has read the answer.
        socket.shutdownWriting()
        socket.discardInput()
        socket.close()
    }

    /// Answers `error` to a request that was not read.
    func writeRefusal(_ error: ProxyError, to socket: Socket) {
        let output = outputBuffers.take()
        let date = context.wallClock.httpDate(.now())
        if let response = context.responder?.response(toUnserved: error.status, reason: error.reason) {
            _ = response.writeWhole(to: output, keepAlive: false, date: date)
        } else {
            let answer = ErrorAnswer(error: error, requestID: context.requestIDs.next(), form: .text, isHead: false)
            answer.write(to: output, keepAlive: false, date: date)
        }
        _ = unsafe socket.write(output.pending)
        outputBuffers.give(output)
    }
}
