// SPDX-License-Identifier: Apache-2.0

package import Reactor

/// What was in a file when the configuration was read. libcurl reads such files anew for each connection: of the copy it
/// always gets what was found good, and whatever has come to stand in the file's place cannot keep a loop waiting.
///
/// A copy under a path, and not the bytes themselves (`CURLOPT_CAINFO_BLOB`): libcurl keeps the authorities that it has read
/// from a path, and no others. With the 140 of Debian a new connection takes 1.4 ms of a core by a path and 33 ms by bytes,
/// which it would also compare in each request (20 µs) and copy for each connection (7.88 and 8.14 alike).
package struct FileCopy: Sendable, Hashable {
    /// The path that the configuration names.
    package let name: String
    /// A hash of what is in it: a certificate that was renewed in its place is another setting.
    private var contents: Int
    private var memory: MemoryFile?

    /// - Throws: `SystemError` when this machine has no room for it.
    package init(of name: String, _ bytes: [UInt8]) throws(SystemError) {
        self.name = name
        contents = bytes.hashValue
        memory = try MemoryFile(bytes.span)
    }

    /// Where the copy can be read, for as long as there is this value or one that was made of it.
    var path: String? { memory?.path }

    mutating func forgetContents() {
        contents = 0
        memory = nil
    }

    package static func == (one: FileCopy, other: FileCopy) -> Bool {
        one.name == other.name && one.contents == other.contents
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(contents)
    }
}
