// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import Reactor

/// Changes of the configuration. All of this is called on the control thread.
extension ControlLoop {
    /// What is said when every worker goes by a configuration.
    struct Announcement {
        /// Which one; see ``Snapshot/number``.
        let number: Int
        /// For the log, if something has changed.
        let change: ConfigurationChange?
        /// Whoever asked for it, if somebody waits for an answer.
        let reply: ControlReply?
    }

    /// Reads the configuration again and applies it. If it is not valid, or cannot be applied, the present one stays; the log
    /// says why. `cause` is what the log says began it.
    func reload(_ cause: String, reply: ControlReply? = nil) {
        guard let source = surroundings.source else {
            logger.notice("\(cause): there is no configuration to be read again; restart to change something")
            reply?.give(.refused(ConfigurationRefused("there is no configuration to be read again")))
            return
        }
        guard shared.stage != .draining else {
            logger.notice("\(cause): the configuration is not read again, since the gateway is stopping")
            reply?.give(.stopping)
            return
        }
        serviceManager.reloading(at: loop.refreshNow())
        defer { announceChanges() }
        fileWatch = FileWatch(source.file.flatMap { FileWatch.Look(path: $0) })
        do throws(ConfigurationRefused) {
            let file = try source.read()
            let kept = overrides.kept(in: file)
            let forgotten = overrides.forgottenNote(keeping: kept, beside: self.file)
            try apply(file, with: kept, cause: ConfigurationChange.Cause(cause, isReload: true), reply: reply)
            if let forgotten { logger.notice("\(cause): \(forgotten)") }
        } catch {
            for problem in error.problems { logger.error("\(problem.text)") }
            shared.metrics.configurations.refused(error.problems.map(\.text), cause: cause)
            logger.error("\(cause): the configuration stays as it was, since the new one has been refused")
            reply?.give(.refused(error))
        }
    }

    /// Has the gateway go by `configuration`, which is valid, from now on: wholly or not at all.
    ///
    /// What it opens and makes comes first, and only when all of it is there does anything change. Workers go by it within a
    /// turn of theirs; then the log says what has changed.
    ///
    /// - Parameters:
    ///   - file: What the gateway is to be like. What cannot change while it runs is left as it is, and named.
    ///   - overrides: What is different of it.
    ///   - cause: What the log says began it.
    ///   - reply: Told when every worker goes by it.
    /// - Throws: Why nothing has changed; then `reply` is told nothing.
    func apply(
        _ file: GatewayConfiguration,
        with overrides: Overrides,
        cause: ConfigurationChange.Cause,
        reply: ControlReply? = nil
    ) throws(ConfigurationRefused) {
        var change = ConfigurationChange(from: snapshot.configuration, to: overrides.applied(to: file), cause: cause)
        let configuration = change.applicable
        defer { surroundings.control.show(self.file, self.overrides, snapshot) }
        if change.isEmpty {
            (self.file, self.overrides) = (file, overrides)
            if cause.isReload { log.info(change.text) }
            // What was asked for before it may not be what all workers go by yet.
            announcements.append(Announcement(number: snapshot.number, change: nil, reply: reply))
            return announceChanges()
        }
        if let problem = configuration.unspeakableHTTP2 { throw ConfigurationRefused(problem) }
        let next: Snapshot
        let listeners: ListenerSet
        let prepared: PoolWatches.Prepared
        do {
            let maximum = workers.maximumClients(configuration)
            next = try Snapshot(configuration, maximumClients: maximum, shared: shared, after: snapshot)
            listeners = try workers.prepare(configuration.listen)
            prepared = try watches.prepare(next)
        } catch {
            throw ConfigurationRefused("\(error)")
        }
        change.number = next.number
        // From here on nothing fails.
        next.takeOver()
        snapshot = next
        (self.file, self.overrides) = (file, overrides)
        announcements.append(Announcement(number: change.number, change: change, reply: reply))
        follow(configuration.log)
        workers.assign(next, listeners)
        watches.watch(next, prepared)
        warnOfDescriptors()
        warnOfSettings()
        setFileTimer()
    }

    /// Says what has changed when every worker goes by it.
    func announceChanges() {
        while let next = announcements.first, workers.haveAdopted(next.number) {
            announcements.removeFirst()
            if let change = next.change {
                log.diagnostic(
                    level: .info,
                    message: change.text,
                    fields: [LogField("configuration", .integer(Int64(change.number)))],
                    atAnyLevel: next.reply != nil
                )
                shared.metrics.configurations.applied(change.text)
            }
            next.reply?.give(.done(next.change))
        }
        if announcements.isEmpty { serviceManager.reloaded() }
    }

    // MARK: Operators

    /// Does what an operator asks for. `cause` is how the log calls him.
    func perform(_ write: Overrides.Write, cause: String, reply: ControlReply) {
        guard shared.stage != .draining else { return reply.give(.stopping) }
        let next: Overrides
        do throws(Overrides.Refusal) {
            next = try overrides.after(write, in: file)
        } catch {
            return reply.give(.impossible(error))
        }
        do throws(ConfigurationRefused) {
            try apply(file, with: next, cause: ConfigurationChange.Cause(cause, isReload: false), reply: reply)
        } catch {
            for problem in error.problems { logger.error("\(cause): nothing has changed: \(problem.text)") }
            reply.give(.refused(error))
        }
    }

    // MARK: The file

    /// From now on sees whether the file of the configuration changes.
    func watchFile() {
        guard let file = surroundings.source?.file else { return }
        fileWatch = FileWatch(FileWatch.Look(path: file))
        setFileTimer()
    }

    private func setFileTimer() {
        guard surroundings.source?.file != nil else { return }
        setFileTimer(after: snapshot.configuration.reloadOnChange)
    }

    func lookAtFile() {
        guard shared.stage != .draining, let file = surroundings.source?.file else { return }
        if fileWatch.hasChanged(to: FileWatch.Look(path: file)) { reload("\(file) has changed") }
        setFileTimer()
    }
}
