// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import Reactor

/// Another process takes over: a new binary, or the same one anew.
///
/// It is given the listening sockets themselves, so clients who wait there lose nothing: as long as one of the two has a
/// socket, it is open. When the new one serves, it asks the old one to stop, which finishes what it has begun.
extension ControlLoop {
    /// Starts the process that is to replace this one.
    func startSuccessor() {
        guard let invocation = surroundings.invocation else {
            return logger.notice("SIGUSR2: this process cannot be replaced while it runs")
        }
        guard shared.stage == .serving else { return logger.notice("SIGUSR2: not now, since the gateway is stopping") }
        if let successor {
            return logger.notice("SIGUSR2: process \(successor.id) is about to take over already")
        }
        do {
            let sockets = workers.listeners.all.map(\.listener.descriptor)
            let started = try invocation.startSuccessor(with: sockets)
            successor = started
            logger.info("SIGUSR2: process \(started.id) is to take over when it serves")
        } catch {
            logger.error(
                "SIGUSR2: no other process could be started: \(error); this one goes on, see whether \(invocation.arguments[0]) is still there"
            )
        }
    }

    /// A process that this one has started has ended.
    func lookAfterSuccessor() {
        guard let end = successor?.end() else { return }
        successor = nil
        let how =
            switch end {
            case .status(let status): "exit code \(status)"
            case .signal(let signal): "signal \(signal)"
            }
        logger.error("the process that was to take over has ended with \(how); this one goes on")
    }

    /// This process serves: the one that it replaces need not go on.
    func tellPredecessor() {
        guard let predecessor = surroundings.invocation?.predecessor else { return }
        logger.info("taking over from process \(predecessor)")
        ThisProcess.askToStop(predecessor)
    }
}
