// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What all workers share for as long as the process runs, whatever the configuration is.
final class SharedState: Sendable {
    /// How far the server has come.
    enum Stage: UInt8, AtomicRepresentable {
        case serving
        /// It still serves whoever comes, and says to whoever asks that it will not for long.
        case leaving
        /// It takes no more clients.
        case draining
    }

    /// `nil` where requests are not traced.
    let tracing: Tracing?
    /// Client connections that are open, over all workers.
    let connections = Atomic<Int>(0)
    /// How many connections each client has that was counted.
    let clients = ClientTable()
    /// Verifies the passwords of requests.
    let passwords: PasswordChecker
    /// What is counted.
    let metrics: MetricsRegistry
    private let stageNow = Atomic<Stage>(.serving)

    init(
        passwords: PasswordChecker = PasswordChecker(),
        tracing: Tracing? = nil,
        metrics: MetricsRegistry = MetricsRegistry()
    ) {
        self.tracing = tracing
        self.passwords = passwords
        self.metrics = metrics
    }

    /// Set by the control thread; tells of no other memory, so every access is relaxed.
    var stage: Stage {
        get { stageNow.load(ordering: .relaxed) }
        set { stageNow.store(newValue, ordering: .relaxed) }
    }

    /// Whether new clients should be sent here.
    var isReady: Bool { stage == .serving }
}
