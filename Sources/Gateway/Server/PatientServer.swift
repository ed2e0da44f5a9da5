// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Reactor
internal import Synchronization

/// A ``LocalServer`` whose port may still be another process's, that ends soon: it serves from when it can have the port.
package final class PatientServer: Sendable {
    private let configuration: GatewayConfiguration
    private let portOption: String
    private let mayWait: Bool
    private let server = Locked<LocalServer?>(nil)
    private let isStopped = Atomic<Bool>(false)
    private let thread = Locked<LoopThread?>(nil)

    /// How often it tries, in microseconds.
    private static let pause: UInt32 = 100_000

    /// - Parameters:
    ///   - configuration: What the server is to be like.
    ///   - portOption: What chooses its port, for the hint when it cannot be had.
    ///   - mayWait: A port that is in use is waited for. If not, it is an error.
    package init(configuration: GatewayConfiguration, portOption: String, mayWait: Bool) {
        self.configuration = configuration
        self.portOption = portOption
        self.mayWait = mayWait
    }

    /// Serves on threads of its own until ``stop()``, now or as soon as it can; see ``LocalServer/start(isBackground:_:)``.
    ///
    /// - Parameters:
    ///   - name: What the log calls it: `NAME running on port N`.
    ///   - responder: Makes a worker's responder, on that worker's thread.
    /// - Throws: A port that cannot be had, unless that is waited for; a system out of threads, descriptors or memory.
    package func start(named name: String, _ responder: @escaping LocalResponderFactory) throws(StartError) {
        do throws(StartError) {
            try serve(name, responder)
        } catch {
            guard mayWait else { throw error }
            do {
                let thread = try LoopThread(name: "curlew-waiting", isBackground: true) { [self] in
                    while !isStopped.load(ordering: .relaxed) {
                        usleep(PatientServer.pause)
                        if (try? serve(name, responder)) != nil { return }
                    }
                }
                self.thread.withLock { $0 = thread }
            } catch {
                throw StartError("the server could not start: \(error)")
            }
        }
    }

    private func serve(_ name: String, _ responder: @escaping LocalResponderFactory) throws(StartError) {
        let new = try LocalServer(configuration: configuration, portOption: portOption)
        try new.start(isBackground: true, responder)
        new.announce("\(name) running on port \(new.ports[0])", port: new.ports[0])
        server.withLock { $0 = new }
    }

    /// Returns when what was being answered is, within the drain timeout of the configuration.
    package func stop() {
        isStopped.store(true, ordering: .relaxed)
        thread.withLock { $0.take() }?.join()
        server.withLock { $0.take() }?.stop()
    }
}
