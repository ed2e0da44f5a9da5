// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Takes clients from one listener and hands them to its worker.
final class Acceptor: EventHandler {
    let socket: ListenSocket
    private var listener: Listener { socket.listener }
    private unowned let worker: Worker
    /// Connections begin with a PROXY protocol header.
    var speaksProxy: Bool
    private var timer: TimerID = .none
    /// Out of descriptors: clients wait in the kernel's queue until one is free.
    private var isPaused = false
    /// How many clients are taken in one turn, so that those who are there already have their turn too.
    private static let batch = 64

    init(_ listener: WorkerListener, worker: Worker) throws(SystemError) {
        socket = listener.socket
        speaksProxy = listener.speaksProxy
        self.worker = worker
        try worker.loop.register(socket.listener.descriptor, .readable, handler: self)
        timer = worker.loop.makeTimer(self)
    }

    func handle(_ readiness: Readiness, on descriptor: Int32) {
        accept(atMost: Acceptor.batch)
    }

    /// Takes everyone who waits: before the listener is closed, which would turn them away.
    func acceptAll() {
        accept(atMost: 4096)
    }

    private func accept(atMost most: Int) {
        for _ in 0..<most {
            switch listener.accept() {
            case .connection(let socket, let address):
                worker.accepted(socket, from: IPAddress(address), speaksProxy: speaksProxy)
            case .none: return
            case .outOfResources(let code): return pause(code)
            }
        }
    }

    /// A listener that is ready while nothing can be accepted would keep the loop from ever sleeping.
    private func pause(_ code: Int32) {
        worker.complain(
            \.descriptors,
            "cannot accept clients: \(SystemError.text(of: code)); they wait until a connection closes. "
                + "Raise the limit of open files (ulimit -n).",
            level: .error
        )
        isPaused = true
        worker.loop.setInterest([], of: listener.descriptor)
        worker.loop.set(timer, to: worker.loop.now.advanced(byNanoseconds: 100_000_000))
    }

    /// Something was freed.
    func resume() {
        guard isPaused else { return }
        isPaused = false
        worker.loop.setInterest(.readable, of: listener.descriptor)
    }

    func close() {
        worker.loop.release(timer)
        worker.loop.deregister(listener.descriptor)
        socket.close()
    }
}

extension Acceptor: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        resume()
    }
}

extension IPAddress {
    init(_ address: SocketAddress) {
        let number = address.number
        self.init(high: number.high, low: number.low)
    }
}
