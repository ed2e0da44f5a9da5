// SPDX-License-Identifier: Apache-2.0

/// The file of the log, opened anew where somebody has put the old one away.
extension LogThread {
    /// Until the next try after one that has failed, in nanoseconds.
    private static let interval: Int64 = 1_000_000_000

    /// Opens the file anew if ``LogSink/reopen()`` was called, or if that could not be done before. Where it fails, the log
    /// goes on into the file that is open, and both this and the end of it are said.
    ///
    /// - Returns: Whether the output is another one now.
    @discardableResult
    mutating func reopenIfAsked() -> Bool {
        let isAsked = sink.takeReopening()
        guard isAsked || reopening != nil, let path = output.path else { return false }
        let now = monotonicNanoseconds()
        if !isAsked, let reopening, now < reopening.next { return false }
        do {
            let opened = try LogOutput(path: path)
            output.close()
            output = opened
            noteReopened(path, at: now)
            return true
        } catch {
            if reopening == nil {
                note(.error, "\(error); the log goes on in the file that is open, and this is tried again every second")
                // The open file may be one that nobody will ever see again.
                LogOutput.tellStandardError("\(error)")
            }
            reopening = (error.description, reopening?.since ?? now, now + LogThread.interval)
            return false
        }
    }

    private mutating func noteReopened(_ path: String, at now: Int64) {
        if let failed = reopening {
            let seconds = max(1, (now - failed.since) / 1_000_000_000)
            note(
                .warning,
                "\(path) was opened anew after \(seconds) s of trying (\(failed.failure)); the records in between are in the file that was open before"
            )
        } else if sink.configuration.level.severity <= LogConfiguration.Level.info.severity {
            note(.info, "\(path) was opened anew")
        }
        reopening = nil
    }
}
