// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads configuration files whole.
enum FileContents {
    /// No configuration is this long; a disk image given by mistake is.
    static let limit = 1 << 20

    /// The text of the file at `path`, which may be a pipe, without a byte order mark.
    ///
    /// - Throws: `ConfigurationFailure` when it cannot be read, is too long, or is not UTF-8.
    static func text(of path: String) throws(ConfigurationFailure) -> String {
        try decode(try read(path).bytes, path: path)
    }

    /// The same where nothing may keep the reader waiting: only of a regular file.
    ///
    /// - Throws: As above, and when it is anything else.
    static func textOfRegular(_ path: String) throws(ConfigurationFailure) -> String {
        try decode(try readRegular(path).bytes, path: path)
    }

    /// What is in a file, and whether it is kept from others.
    struct Contents {
        var bytes: [UInt8]
        /// Whether every user of the machine may read it.
        var isOpenToAll = false
    }

    /// The bytes of a file that the configuration names, or of the configuration itself when it is read again. It is read
    /// whenever the configuration is, so nothing will do that gives what it has only once, such as a pipe; and nothing that
    /// could keep its reader waiting, which is the thread that pings and hears signals.
    ///
    /// - Throws: `ConfigurationFailure` when it is no regular file, cannot be read or is too long.
    static func readRegular(_ path: String) throws(ConfigurationFailure) -> Contents {
        // Nobody need write to a pipe for it to be opened.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        // A socket cannot be opened at all.
        guard descriptor >= 0 else {
            throw errno == ENXIO ? irregular(path, "a socket") : unreadable(path, errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return try readAll(descriptor, path)
        case S_IFDIR: throw irregular(path, "a directory")
        case S_IFIFO: throw irregular(path, "a pipe")
        default: throw irregular(path, "a device")
        }
    }

    private static func irregular(_ path: String, _ kind: String) -> ConfigurationFailure {
        ConfigurationFailure([
            Problem(
                .file(path),
                "this is \(kind), and a file is wanted that can be read again",
                hint: kind == "a directory"
                    ? "name a file in it" : "write it into a file, for example under /run, that only curlew may read"
            )
        ])
    }

    /// The bytes of the file at `path`, which may be a pipe.
    ///
    /// - Throws: `ConfigurationFailure` when it cannot be read or is too long.
    static func read(_ path: String) throws(ConfigurationFailure) -> Contents {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        return try readAll(descriptor, path)
    }

    private static func readAll(_ descriptor: Int32, _ path: String) throws(ConfigurationFailure) -> Contents {
        var contents = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno)
            }
            if count == 0 { return Contents(bytes: contents, isOpenToAll: isOpenToAll(descriptor)) }
            contents += chunk[..<count]
            guard contents.count <= limit else {
                throw ConfigurationFailure([
                    Problem(
                        .file(path),
                        "the file is longer than 1 MiB",
                        hint: "check that it is the file that is meant"
                    )
                ])
            }
        }
    }

    private static func isOpenToAll(_ descriptor: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IROTH != 0
    }

    private static func unreadable(_ path: String, _ code: Int32) -> ConfigurationFailure {
        let hint =
            switch code {
            case ENOENT, ENOTDIR: "check the path; a relative one starts from the directory curlew is started in"
            case EISDIR: "name a file in it, for example \(path.hasSuffix("/") ? path : path + "/")curlew.yaml"
            case EACCES, EPERM: "let the user that runs curlew read it"
            default: "check the path and the disk"
            }
        let reason = unsafe String(cString: strerror(code))
        return ConfigurationFailure([Problem(.file(path), "cannot read the file: \(reason)", hint: hint)])
    }

    /// Decodes UTF-8 strictly: a repaired character would be somebody's host name or path.
    static func decode(_ bytes: [UInt8], path: String) throws(ConfigurationFailure) -> String {
        if let text = String(validating: bytes, as: UTF8.self) {
            return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw ConfigurationFailure([
                Problem(
                    .position(file: path, line: 1, column: 1),
                    "the file is in UTF-16",
                    hint: "save it as UTF-8"
                )
            ])
        }
        // Lines cannot straddle an encoding error: a newline byte is never part of another character in UTF-8.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        let repaired = String(decoding: lines[line], as: UTF8.self).unicodeScalars
        let column = repaired.prefix { $0 != "\u{FFFD}" }.count + 1
        throw ConfigurationFailure([
            Problem(
                .position(file: path, line: line + 1, column: column),
                "the file is not UTF-8 from here on",
                hint: "save it as UTF-8"
            )
        ])
    }
}
