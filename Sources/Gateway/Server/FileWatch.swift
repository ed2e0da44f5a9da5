// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Whether a file has changed and is done changing.
///
/// It is looked at from time to time, and has changed when it is another file, or has another size or time, than it was
/// when it was read, and was so at two looks. So it does not matter how it came to be: written in place, put in place of
/// the old one by an editor, or reached through a link that was turned elsewhere, as Kubernetes does; on any file system.
/// Pure: what is seen is passed in.
struct FileWatch {
    /// What is seen of a file. `nil` stands for one that is not there.
    struct Look: Equatable {
        var device: UInt64
        var number: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private var known: Look?
    private var last: Look?

    /// It has just been read, and is `look` now.
    init(_ look: Look?) {
        known = look
        last = look
    }

    /// - Returns: Whether it is to be read again, which is said once for each change.
    mutating func hasChanged(to look: Look?) -> Bool {
        defer { last = look }
        // One that is missing is on its way, or was never meant to go.
        guard let look, look != known, look == last else { return false }
        known = look
        return true
    }
}

extension FileWatch.Look {
    /// The file at `path`, or whatever links that stand there lead to.
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
