// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc

/// The files of a folder of Tests/Fuzzing, which lies beside the sources and not in any bundle.
enum CorpusFolder {
    /// Name and content of each file, in the order of the names; nothing where there is no such folder.
    static func read(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let path = root + "/" + folder
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return try names.sorted().map { ($0, try content(of: path + "/" + $0)) }
    }

    private static func content(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw KitError.process("cannot read \(path)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        return Array(bytes.prefix(fread(&bytes, 1, bytes.count, file)))
    }

    /// Tests/Fuzzing, found from where this file is.
    private static let root = String(#filePath.prefix(upTo: #filePath.range(of: "/GatewayTests/")!)) + "/Fuzzing"
}

extension String {
    fileprivate func range(of text: String) -> String.Index? {
        indices.last { self[$0...].hasPrefix(text) }
    }
}
