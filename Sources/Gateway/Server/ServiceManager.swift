// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Tells whoever runs this process as a service, such as systemd, how far it has come (sd_notify(3)): so `systemctl start` waits
/// until clients are served.
struct ServiceManager {
    private let socket: NotificationSocket?

    /// A configuration is being applied, of which it is to be told when that is done.
    private var isReloading = false

    /// - Parameter environment: Of the process; `nil` where nobody is to be told.
    init(_ environment: [String: String]?) {
        socket = environment?["NOTIFY_SOCKET"].flatMap { NotificationSocket($0) }
    }

    /// Clients are served.
    func ready(_ status: String) {
        socket?.send("READY=1\nSTATUS=\(status)")
    }

    /// The configuration is read again. sd_notify(3), RELOADING=1: "this must be sent together with MONOTONIC_USEC=".
    mutating func reloading(at now: MonotonicTime) {
        isReloading = true
        socket?.send("RELOADING=1\nMONOTONIC_USEC=\(now.nanoseconds / 1000)")
    }

    /// The configuration that was read is applied, or refused.
    mutating func reloaded() {
        guard isReloading else { return }
        isReloading = false
        socket?.send("READY=1")
    }

    /// No more clients are taken, or soon will not be.
    func stopping() {
        socket?.send("STOPPING=1\nSTATUS=finishing requests in flight")
    }
}
