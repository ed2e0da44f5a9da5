// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The descriptor that records are written to, in a way that never blocks where that can be had.
struct LogOutput: Sendable {
    /// What one write did.
    enum WriteResult: Equatable {
        case wrote(Int)
        /// The reader has to make room first.
        case full
        case failed(errno: Int32)
    }

    /// How to write to the descriptor without waiting for a slow reader.
    enum Kind: Equatable {
        /// A regular file or a device: never full.
        case file
        /// A pipe or terminal through a description of our own, with `O_NONBLOCK` set.
        case nonBlocking
        /// A socket: each send says that it does not want to wait.
        case socket
        /// A pipe or terminal through a description that others hold too, and that must therefore stay blocking.
        case shared
    }

    let descriptor: Int32
    let kind: Kind
    /// For messages, e.g. `standard output` or a path.
    let name: String
    let isTerminal: Bool
    /// The file that the configuration names, if it names one.
    let path: String?
    /// Whether ``close()`` closes the descriptor.
    private let isOwned: Bool

    /// Opens what the configuration names.
    ///
    /// - Throws: A file that cannot be opened, with its path and the reason; a standard output that is closed.
    init(_ output: LogConfiguration.Output) throws(StartError) {
        switch output {
        case .stdout: try self.init(standard: STDOUT_FILENO, name: "standard output")
        case .stderr: try self.init(standard: STDERR_FILENO, name: "standard error")
        case .file(let path): try self.init(path: path)
        }
    }

    private init(standard descriptor: Int32, name: String) throws(StartError) {
        // The program has opened one that was closed for reading only, so that it is not soon the number of a socket.
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
            throw StartError("\(name) is closed, so there is nowhere to log to; open it or change log.output")
        }
        self.init(descriptor: descriptor, name: name)
    }

    /// Opens a file to append to it, and makes it if need be.
    init(path: String) throws(StartError) {
        // O_NONBLOCK changes nothing for a file; a named pipe without a reader fails at once instead of hanging the
        // start.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        // A Swift string becomes a C string for the time of the call; no other pointer is involved.
        let opened = unsafe open(path, flags, 0o640)
        guard opened >= 0 else {
            let reason = errorText(errno)
            throw StartError("cannot open the log file \(path): \(reason); make it writable or change log.output")
        }
        descriptor = opened
        kind = LogOutput.fileType(opened) == S_IFREG ? .file : .nonBlocking
        name = path
        self.path = path
        isTerminal = isatty(opened) == 1
        isOwned = true
    }

    /// Writes to a descriptor that someone else opened.
    ///
    /// Setting `O_NONBLOCK` on it would change it for everyone who shares its description, a shell for instance.
    /// Opening it anew through /proc gives a description of our own. Where this is refused (a container's pipe that
    /// belongs to root, say), small writes after a `poll` do nearly as well.
    init(descriptor: Int32, name: String) {
        self.name = name
        path = nil
        isTerminal = isatty(descriptor) == 1
        switch LogOutput.fileType(descriptor) {
        case S_IFSOCK: (self.descriptor, kind, isOwned) = (descriptor, .socket, false)
        case S_IFIFO, S_IFCHR:
            let flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
            // As above: a string for the time of the call.
            let reopened = unsafe open("/proc/self/fd/\(descriptor)", flags)
            self.descriptor = reopened >= 0 ? reopened : descriptor
            kind = reopened >= 0 ? .nonBlocking : .shared
            isOwned = reopened >= 0
        default:
            // Opened anew, a file would be written from its start again.
            (self.descriptor, kind, isOwned) = (descriptor, .file, false)
        }
    }

    /// As given, for tests.
    init(descriptor: Int32, kind: Kind, name: String) {
        self.descriptor = descriptor
        self.kind = kind
        self.name = name
        path = nil
        isTerminal = false
        isOwned = false
    }

    /// Writes the start of `bytes`, as much as fits.
    func write(_ bytes: Span<UInt8>) -> WriteResult {
        guard bytes.count > 0 else { return .wrote(0) }
        var limit = bytes.count
        if kind == .shared {
            // Linux calls a pipe writable when at least one of its pages is free, so PIPE_BUF bytes can be written
            // without waiting, unless somebody else writes in between. "A write larger than the available space in a
            // socket or pipe will still block" (poll(2)).
            guard awaitReady(readable: -1, writable: descriptor, timeout: 0).writable else { return .full }
            limit = min(limit, 4096)
        }
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        // The span outlives the calls, and `limit` is at most its length.
        return unsafe bytes.withUnsafeBytes { buffer in
            while true {
                let written =
                    kind == .socket
                    ? unsafe send(descriptor, buffer.baseAddress, limit, flags)
                    : unsafe Glibc.write(descriptor, buffer.baseAddress, limit)
                if written > 0 { return .wrote(written) }
                switch errno {
                case EINTR: continue
                case EAGAIN: return .full
                case let code: return .failed(errno: written == 0 ? EIO : code)
                }
            }
        }
    }

    /// For people: that a write has failed, and what to do.
    func text(ofFailure code: Int32) -> String {
        "writing to \(name) failed: \(errorText(code)); make room for it or check its reader"
    }

    /// Writes a line to standard error, about the log itself: whoever looks for what is missing there looks here next.
    static func tellStandardError(_ text: String) {
        let error = LogOutput(descriptor: STDERR_FILENO, name: "standard error")
        _ = error.write(Array("curlew: \(text)\n".utf8).span)
        error.close()
    }

    /// Closes the descriptor if it was opened here.
    func close() {
        if isOwned { _ = Glibc.close(descriptor) }
    }

    private static func fileType(_ descriptor: Int32) -> mode_t {
        var status = stat()
        // Fills a local that outlives the call.
        guard unsafe fstat(descriptor, &status) == 0 else { return 0 }
        return status.st_mode & S_IFMT
    }
}
