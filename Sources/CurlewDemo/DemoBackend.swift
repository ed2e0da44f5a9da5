// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// What one small test backend does with a request.
package struct DemoBackendConfiguration: Sendable, Equatable {
    /// How a failing request fails.
    package enum Failure: String, Sendable, CaseIterable {
        /// It is answered 500.
        case status = "500"
        /// Its connection is reset.
        case reset
        /// It is never answered.
        case hang
    }

    /// The IP address it listens on. Default `127.0.0.1`.
    package var host: String
    /// 0 lets the kernel choose; the port is printed when the backend is ready.
    package var port: UInt16
    /// What it calls itself in its answers. Default `backend-PORT`.
    package var name: String?
    /// How long it waits before it answers. Default zero.
    package var delay: Duration
    /// The share of requests that fail, from 0 to 1. Default 0.
    package var failureShare: Double
    /// Default `status`.
    package var failure: Failure
    /// How many threads serve. Default 1.
    package var workers: Int

    package init(host: String = "127.0.0.1", port: UInt16) {
        self.host = host
        self.port = port
        name = nil
        delay = .zero
        failureShare = 0
        failure = .status
        workers = 1
    }
}

/// One small test backend, as the demo and the examples use it.
package final class DemoBackend {
    /// Binds the port.
    ///
    /// - Throws: `StartError` when it cannot be had.
    package init(configuration: DemoBackendConfiguration) throws(StartError) {
        throw StartError("the test backend is not available in this build")
    }

    /// Serves until SIGTERM or SIGINT. Blocks the calling thread.
    ///
    /// - Throws: `StartError` when the system is out of threads, descriptors or memory.
    package func run() throws(StartError) {
    }
}
