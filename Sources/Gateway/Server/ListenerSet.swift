// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Reactor
internal import Synchronization

/// A listening socket, open until somebody closes it or nobody has this object any more.
final class ListenSocket: Sendable {
    let listener: Listener
    private let isClosed = Atomic<Bool>(false)

    init(_ listener: Listener) { self.listener = listener }

    deinit { close() }

    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { listener.close() }
    }
}

/// One of a worker's listening sockets, and what is said on its connections.
struct WorkerListener: Sendable {
    let socket: ListenSocket
    /// Connections begin with a PROXY protocol header.
    let speaksProxy: Bool
}

/// The listening sockets of all workers: for each address, one for each worker.
struct ListenerSet: Sendable {
    private struct Entry: Sendable {
        var address: ListenAddress
        /// Chosen by the kernel where 0 was asked for.
        let port: UInt16
        /// By worker.
        let sockets: [[ListenSocket]]
    }

    private var entries: [Entry] = []
    /// Opened by another process, and of no address yet.
    private var inherited: [Listener] = []

    /// A set of no addresses that takes those of these sockets over which ``changed(to:workers:portOption:)`` has a use for.
    init(inheriting inherited: [Listener] = []) {
        self.inherited = inherited
    }

    /// The ports that clients connect to, in the order of the addresses.
    var ports: [UInt16] { entries.map(\.port) }

    /// Those of one worker, in the order of the addresses.
    func listeners(ofWorker worker: Int) -> [WorkerListener] {
        entries.flatMap { entry in
            entry.sockets[worker].map { WorkerListener(socket: $0, speaksProxy: entry.address.proxyProtocol) }
        }
    }

    /// Every socket once, with its address.
    var all: [ListenSocket] { entries.flatMap { $0.sockets.joined() } }

    /// The set for these addresses. Sockets of addresses that are in this one already are taken over as they are, with the
    /// clients that wait there.
    ///
    /// - Parameters:
    ///   - addresses: Where to listen.
    ///   - workers: How many there are.
    ///   - portOption: The flag that chooses the port, for the hint when it cannot be had.
    /// - Returns: The set. Sockets that only this one has are closed when it goes.
    /// - Throws: A port that is in use, an address that is not this machine's; then nothing is left open.
    func changed(
        to addresses: [ListenAddress],
        workers: Int,
        portOption: String
    ) throws(StartError) -> ListenerSet {
        var known = entries
        var inherited = inherited
        var changed = ListenerSet()
        for address in addresses {
            let place = known.firstIndex { $0.address.host == address.host && $0.address.port == address.port }
            if let place {
                var entry = known.remove(at: place)
                entry.address = address
                changed.entries.append(entry)
            } else if let taken = try Self.take(address, from: &inherited, workers: workers) {
                changed.entries.append(taken)
            } else {
                changed.entries.append(try bind(address, workers: workers, portOption: portOption))
            }
        }
        for listener in inherited { listener.close() }
        return changed
    }

    /// Those of `inherited` that are at this address. Each is served by at least one worker, since clients may wait there; where
    /// there are fewer than workers, some share one.
    private static func take(
        _ address: ListenAddress,
        from inherited: inout [Listener],
        workers: Int
    ) throws(StartError) -> Entry? {
        guard let wanted = SocketAddress(host: address.host, port: address.port),
            let first = inherited.first(where: { $0.isAt(wanted) })
        else { return nil }
        let found = inherited.filter { $0.isAt(wanted) && $0.port == first.port }
        inherited.removeAll { $0.isAt(wanted) && $0.port == first.port }
        var sockets: [[ListenSocket]] = Array(repeating: [], count: workers)
        for (index, listener) in found.enumerated() { sockets[index % workers].append(ListenSocket(listener)) }
        for worker in sockets.indices where sockets[worker].isEmpty {
            do {
                sockets[worker] = [ListenSocket(try found[worker % found.count].duplicate())]
            } catch {
                throw StartError(
                    "cannot listen on \(address): \(error.reason); raise the limit of open files (ulimit -n)"
                )
            }
        }
        return Entry(address: address, port: first.port, sockets: sockets)
    }

    private func bind(_ address: ListenAddress, workers: Int, portOption: String) throws(StartError) -> Entry {
        var port = address.port
        var sockets: [[ListenSocket]] = []
        // What listens on this port is this very gateway, for `0.0.0.0` say, in the place of which comes `127.0.0.1`.
        let isOwn = entries.contains { $0.port == port }
        for worker in 0..<workers {
            guard let socketAddress = SocketAddress(host: address.host, port: port) else {
                throw StartError("cannot listen on \(address): \(address.host) is not an IP address")
            }
            do {
                let listener = try Listener(socketAddress, exclusive: worker == 0 && !isOwn)
                port = listener.port
                sockets.append([ListenSocket(listener)])
            } catch {
                throw StartError(Self.explain(error, address, portOption))
            }
        }
        return Entry(address: address, port: port, sockets: sockets)
    }

    private static func explain(_ error: SystemError, _ address: ListenAddress, _ portOption: String) -> String {
        let hint =
            switch error.code {
            case EADDRINUSE:
                "stop what listens on port \(address.port), or choose another with \(portOption)"
            case EACCES: "ports below 1024 need privileges; choose another with \(portOption)"
            case EADDRNOTAVAIL: "this machine has no such address; use 0.0.0.0 for all that it has"
            default: "check the address"
            }
        return "cannot listen on \(address): \(error.reason); \(hint)"
    }
}
