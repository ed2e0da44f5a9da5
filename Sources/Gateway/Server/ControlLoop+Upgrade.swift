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
            successor = Successor(process: started)
            loop.set(
                successorTimer,
                to: loop.refreshNow().advanced(byNanoseconds: Successor.patience.wholeNanoseconds)
            )
            logger.info("SIGUSR2: process \(started.id) is to take over when it serves")
        } catch {
            logger.error(
                "SIGUSR2: no other process could be started: \(error); this one goes on, see whether \(invocation.arguments[0]) is still there"
            )
        }
    }

    /// A process that this one has started has ended.
    func lookAfterSuccessor() {
        guard let ended = successor, let end = ended.process.end() else { return }
        successor = nil
        loop.clear(successorTimer)
        let how =
            switch end {
            case .status(let status): "exit code \(status)"
            case .signal(let signal): "signal \(signal)"
            }
        if ended.serves, end != .status(0) {
            logger.error("process \(ended.id), which has taken over, has ended with \(how); start another")
        } else if !ended.serves, shared.stage == .serving {
            logger.error(
                "the process that was to take over has ended with \(how); this one goes on; \(reason(of: end))"
            )
        } else {
            logger.info("process \(ended.id) has ended with \(how)")
        }
    }

    /// Where to find why a process that was to take over has ended.
    private func reason(of end: SpawnedProcess.End) -> String {
        // What is wrong with the configuration; see the command line.
        guard end == .status(78) else { return "what it wrote to standard error says why" }
        let file = surroundings.source?.file
        return "what it wrote to standard error says what is wrong with the configuration"
            + (file.map { ", and so does: curlew check \($0)" } ?? "")
    }

    /// The one that is to take over has had time enough.
    func giveUpSuccessor() {
        guard let successor, !successor.serves else { return }
        logger.error(
            """
            process \(successor.id) was to take over and does not serve after \(Successor.patience.text); it is ended, and \
            this one goes on; see what it waits for, such as a configuration that comes through a pipe
            """
        )
        successor.process.end(.forced)
    }

    /// This process is to stop, and not because another has taken over: one that is about to would go on alone, with clients
    /// waiting at sockets that it may never serve.
    func endSuccessor(_ cause: String) {
        guard let successor, !successor.serves else { return }
        logger.info("\(cause): process \(successor.id), which has not taken over yet, is to stop too")
        successor.process.end(.asked)
    }

    /// This process serves: the one that it replaces need not go on.
    func tellPredecessor() {
        guard let predecessor = surroundings.invocation?.predecessor else { return }
        logger.info("taking over from process \(predecessor)")
        ThisProcess.askToStop(predecessor)
    }
}
