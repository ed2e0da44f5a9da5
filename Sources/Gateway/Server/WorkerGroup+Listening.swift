// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Reactor

extension WorkerGroup {
    /// For each worker a listener on each address.
    static func listen(
        _ addresses: [ListenAddress],
        workers: Int,
        portOption: String
    ) throws(StartError) -> [[Listener]] {
        var listeners: [[Listener]] = Array(repeating: [], count: workers)
        for address in addresses {
            var port = address.port
            for worker in 0..<workers {
                guard let socketAddress = SocketAddress(host: address.host, port: port) else {
                    throw StartError("cannot listen on \(address): \(address.host) is not an IP address")
                }
                do {
                    let listener = try Listener(socketAddress, exclusive: worker == 0)
                    port = listener.port
                    listeners[worker].append(listener)
                } catch {
                    throw StartError(explain(error, address, portOption))
                }
            }
        }
        return listeners
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
