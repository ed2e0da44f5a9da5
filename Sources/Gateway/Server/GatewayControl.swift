// SPDX-License-Identifier: Apache-2.0

internal import Logging

/// Changes a gateway that runs, for operators on other threads. Nothing here waits: what was asked for is done on the control
/// thread, in the order in which it was asked for, and the answer is found in a ``ControlReply``.
package final class GatewayControl: Sendable {
    /// What the gateway goes by, or is about to.
    package struct State: Sendable {
        /// The configuration that was read.
        package var file: GatewayConfiguration
        /// What operators have changed of it.
        package var overrides: Overrides
        /// What has been made of the sum.
        let snapshot: Snapshot

        /// The sum, but for what can only change at a restart.
        package var running: GatewayConfiguration { snapshot.configuration }
    }

    let mailbox: ControlMailbox
    private let present = Locked<State?>(nil)

    init(_ mailbox: ControlMailbox) {
        self.mailbox = mailbox
    }

    /// What the gateway goes by; `nil` for a server that is no gateway.
    package var state: State? { present.withLock { $0 } }

    func show(_ file: GatewayConfiguration, _ overrides: Overrides, _ snapshot: Snapshot) {
        present.withLock { $0 = State(file: file, overrides: overrides, snapshot: snapshot) }
    }

    /// Changes something beside the file. `cause` is who asks, for the log.
    package func perform(_ write: Overrides.Write, cause: String) -> ControlReply {
        let reply = ControlReply()
        mailbox.perform { $0.perform(write, cause: cause, reply: reply) }
        return reply
    }

    /// Reads the configuration again. `cause` is who asks, for the log.
    package func reload(cause: String) -> ControlReply {
        let reply = ControlReply()
        mailbox.perform { $0.reload(cause, reply: reply) }
        return reply
    }

    /// What would change if the gateway read `file` now.
    package func change(to file: GatewayConfiguration) -> ConfigurationChange? {
        state.map { state in
            let new = state.overrides.kept(in: file).applied(to: file)
            return ConfigurationChange(from: state.running, to: new, cause: "")
        }
    }

    /// Writes a warning to the gateway's log.
    package func warn(_ text: String) {
        mailbox.perform { $0.logger.warning("\(text)") }
    }
}

/// What comes of something that the control thread was asked for. Who asked looks for it now and then, and may have gone.
package final class ControlReply: Sendable {
    package enum Outcome: Sendable {
        /// Every worker goes by it. `nil` if it was like that before.
        case done(ConfigurationChange?)
        /// The configuration that it would make cannot be had.
        case refused(ConfigurationRefused)
        /// What it is about is not there, or may not be changed like this.
        case impossible(Overrides.Refusal)
        /// The gateway is stopping, and changes nothing any more.
        case stopping
    }

    private let state = Locked<Outcome?>(nil)

    /// `nil` until it is known.
    package var outcome: Outcome? { state.withLock { $0 } }

    /// The first one counts.
    func give(_ outcome: Outcome) { state.withLock { $0 = $0 ?? outcome } }
}

extension ControlLoop {
    /// Whoever asks for something after the loop has ended is told so. Those who ask later still wait in vain, and have a limit
    /// of their own.
    func refuseTheRest() {
        for job in surroundings.mailbox.takeAll() { job(self) }
        for announcement in announcements { announcement.reply?.give(.stopping) }
        announcements = []
    }
}
