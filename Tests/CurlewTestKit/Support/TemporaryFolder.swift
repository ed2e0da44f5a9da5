// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A folder of its own under `/tmp`, with short paths (a Unix socket's may have 107 bytes), removed with its files.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/curlew-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw KitError.last("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(path)/\(name)")
            }
            closedir(folder)
        }
        rmdir(path)
    }

    /// Writes `text` to the file called `name` and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let file = self.file(name)
        guard let handle = fopen(file, "w") else { throw KitError.last("fopen") }
        defer { fclose(handle) }
        guard fputs(text, handle) >= 0 else { throw KitError.last("fputs") }
        return file
    }

    /// The path of the file called `name`, which need not exist.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The text of the file at `path`, or `nil` when it cannot be read.
    package static func read(_ path: String) -> String? {
        guard let handle = fopen(path, "r") else { return nil }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&block, 1, block.count, handle)
            if count == 0 { break }
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
