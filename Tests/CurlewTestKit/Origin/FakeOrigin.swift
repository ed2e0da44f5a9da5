// SPDX-License-Identifier: Apache-2.0

/// A backend that a test writes: a real HTTP/1.1 server on a port of its own, with a thread for each connection.
///
/// It records every connection and the exact bytes of every request. Requests for ``healthPath`` are the gateway's
/// pings: they are answered as ``health`` says and counted apart, so that a test sees only its own traffic.
package final class FakeOrigin: Sendable {
    /// The path that the gateway of a test pings.
    package static let healthPath = "/__health"

    /// How pings are answered.
    package enum Health: Sendable, Equatable {
        case status(Int)
        /// The ping is read and never answered.
        case silent
        /// The connection is closed instead of an answer.
        case closes
    }

    /// A connection and what became of it.
    package struct ConnectionRecord: Sendable {
        package enum End: Sendable, Equatable {
            /// The peer sent FIN.
            case closedByPeer
            /// The peer sent RST.
            case resetByPeer
            /// The origin closed it.
            case closedByOrigin
            /// The peer sent something that is not HTTP/1.1, or only part of it.
            case failed(KitError)
        }

        package let number: Int
        /// Requests that arrived on it, pings excepted.
        package var requests = 0
        /// `nil` while it is open.
        package var end: End?
    }

    package let endpoint: Endpoint
    let journal = OriginJournal()
    private let port: ReservedPort?
    private let listener: Monitor<Listener?> = Monitor(nil)
    private let serve: @Sendable (OriginConnection) throws -> Void

    /// An origin whose every connection is served by `serve`; returning closes it with FIN. It listens at the Unix
    /// socket `socketPath`, or at a port of 127.0.0.1 when that is `nil`.
    package init(
        socketPath: String? = nil,
        serving serve: @escaping @Sendable (OriginConnection) throws -> Void
    ) throws {
        self.serve = serve
        if let socketPath {
            port = nil
            endpoint = .unix(path: socketPath)
        } else {
            let reserved = try ReservedPort()
            port = reserved
            endpoint = reserved.endpoint
        }
        try start()
    }

    /// An origin that answers every request, once its body is there, with what `answer` returns.
    package convenience init(
        socketPath: String? = nil,
        answer: @escaping @Sendable (ReceivedRequest) throws -> OriginResponse
    ) throws {
        try self.init(socketPath: socketPath) { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                let response = try answer(request)
                try connection.send(response, to: request)
                if response.endsConnection { return }
            }
        }
    }

    /// An origin that answers every request 200 with `text`.
    package convenience init(_ text: String = "hello") throws {
        try self.init { _ in OriginResponse.text(text) }
    }

    deinit {
        stop()
    }

    /// The URL by which the gateway knows it.
    package var url: String { endpoint.url }

    /// Listens again after ``stop()``, at the same endpoint.
    package func start() throws {
        let listening = try Listener(endpoint)
        listener.change { $0 = listening }
        let journal = journal
        let serve = serve
        listening.accept { socket in
            let number = journal.accepted(socket)
            _ = BackgroundThread { FakeOrigin.run(number, socket, journal, serve) }
        }
    }

    /// Dies: new connections are refused and open ones end.
    package func stop() {
        refuse()
        for socket in journal.pages.read({ Array($0.open.values) }) {
            socket.shutDown()
        }
    }

    /// Whether it accepts connections and answers pings as a healthy backend does.
    package var isHealthy: Bool {
        guard listener.read({ $0 != nil }), case .status(200...399) = health else { return false }
        return true
    }

    /// Refuses new connections and goes on serving the open ones.
    package func refuse() {
        let listening = listener.change { current in
            defer { current = nil }
            return current
        }
        listening?.stop()
    }

    private static func run(
        _ number: Int,
        _ socket: StreamSocket,
        _ journal: OriginJournal,
        _ serve: (OriginConnection) throws -> Void
    ) {
        var end = ConnectionRecord.End.closedByOrigin
        do {
            let connection = OriginConnection(number: number, socket: socket, journal: journal)
            try serve(connection)
            if connection.sawEnd { end = .closedByPeer }
        } catch KitError.reset {
            end = .resetByPeer
        } catch let error as KitError {
            end = .failed(error)
            if case .malformed = error { journal.fault(error) }
        } catch {
            end = .failed(.process("\(error)"))
        }
        socket.close()
        journal.ended(number, end)
    }
}
