// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import Reactor

/// Changes of the configuration. All of this is called on the control thread.
extension ControlLoop {
    /// Reads the configuration again and applies it. If it is not valid, or cannot be applied, the present one stays; the log
    /// says why. `cause` is what the log says began it.
    func reload(_ cause: String) {
        guard let source = surroundings.source else {
            return logger.notice("\(cause): there is no configuration to be read again; restart to change something")
        }
        guard shared.stage != .draining else {
            return logger.notice("\(cause): the configuration is not read again, since the gateway is stopping")
        }
        fileWatch = FileWatch(source.file.flatMap { FileWatch.Look(path: $0) })
        do throws(ConfigurationRefused) {
            try apply(try source.read(), cause: cause)
        } catch {
            for problem in error.problems { logger.error("\(problem)") }
            shared.metrics.configurations.refused(error.problems, cause: cause)
            logger.error("\(cause): the configuration stays as it was, since the new one has been refused")
        }
    }

    /// Has the gateway go by `configuration`, which is valid, from now on: wholly or not at all.
    ///
    /// What it opens and makes comes first, and only when all of it is there does anything change. Workers go by it within a
    /// turn of theirs; then the log says what has changed.
    ///
    /// - Parameters:
    ///   - configuration: What the gateway is to be like. What cannot change while it runs is left as it is, and named.
    ///   - cause: What the log says began it.
    /// - Returns: What is different.
    /// - Throws: Why nothing has changed.
    @discardableResult
    func apply(
        _ configuration: GatewayConfiguration,
        cause: String
    ) throws(ConfigurationRefused) -> ConfigurationChange {
        var change = ConfigurationChange(from: snapshot.configuration, to: configuration, cause: cause)
        let configuration = change.applicable
        if change.isEmpty {
            log.info(change.text)
            return change
        }
        if let problem = configuration.unspeakableHTTP2 { throw ConfigurationRefused([problem]) }
        let next: Snapshot
        let listeners: ListenerSet
        let prepared: PoolWatches.Prepared
        do {
            let maximum = workers.maximumClients(configuration)
            next = try Snapshot(configuration, maximumClients: maximum, shared: shared, after: snapshot)
            listeners = try workers.prepare(configuration.listen)
            prepared = try watches.prepare(next)
        } catch {
            throw ConfigurationRefused(["\(error)"])
        }
        change.number = next.number
        // From here on nothing fails.
        next.takeOver()
        snapshot = next
        announcements.append(change)
        follow(configuration.log)
        workers.assign(next, listeners)
        watches.watch(next, prepared)
        warnOfDescriptors()
        warnOfHTTP2()
        setFileTimer()
        return change
    }

    /// Says what has changed when every worker goes by it.
    func announceChanges() {
        while let change = announcements.first, workers.haveAdopted(change.number) {
            announcements.removeFirst()
            log.info(change.text, fields: [LogField("configuration", .integer(Int64(change.number)))])
            shared.metrics.configurations.applied(change.text)
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
