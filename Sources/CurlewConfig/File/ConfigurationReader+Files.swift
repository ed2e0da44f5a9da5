// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

/// Files that the configuration names.
extension ConfigurationReader {
    /// The first line of the file that a key ending in `_file` names.
    mutating func secret(fromFile field: Field?) -> String? {
        guard let (contents, name) = contents(of: field), let field else { return nil }
        guard let text = String(validating: contents.bytes, as: UTF8.self) else {
            report(field.value.mark, field.path, "\(name.quoted) is not UTF-8 text", hint: "write the secret as text")
            return nil
        }
        let line = String(text.prefix { !$0.isNewline })
        guard !line.isEmpty else {
            report(
                field.value.mark,
                field.path,
                "the first line of \(name.quoted) is empty",
                hint: "write the secret into the first line of the file"
            )
            return nil
        }
        noteIfOpen(contents, field, name)
        return line
    }

    /// What is in a PEM file (RFC 7468), by how the labels of its blocks end.
    enum PEM: String {
        case certificate = "CERTIFICATE-----"
        case key = "PRIVATE KEY-----"
    }

    /// A copy of the file for libcurl to read, after a look at what is in it: without a block of that kind no connection would
    /// ever be made. Backends that name the same file share the copy.
    mutating func copy(of field: Field?, _ kind: PEM) -> FileCopy? {
        guard let (contents, name) = contents(of: field), let field else { return nil }
        let isSecret = kind == .key
        let hasBlock = String(decoding: contents.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .contains { $0.hasPrefix("-----BEGIN ") && $0.contains(kind.rawValue) }
        if !hasBlock {
            report(
                field.value.mark,
                field.path,
                "there is no \(isSecret ? "private key" : "certificate") in \(name.quoted)",
                hint: "a PEM file is wanted, with a line -----BEGIN \(kind.rawValue)"
            )
        }
        if isSecret { noteIfOpen(contents, field, name) }
        do {
            let copy = try FileCopy(of: name, contents.bytes)
            // It may have changed since another backend named it.
            if let shared = copies.first(where: { $0 == copy }) { return shared }
            copies.append(copy)
            return copy
        } catch {
            report(
                field.value.mark,
                field.path,
                "no copy of \(name.quoted) can be kept in memory: \(error)",
                hint: "see that curlew may open more files (ulimit -n), has memory left, and has /proc mounted"
            )
            return nil
        }
    }

    /// What is in the file that a key names; `nil` when it cannot be read, which is reported.
    mutating func contents(of field: Field?) -> (contents: FileContents.Contents, name: String)? {
        guard let name = read(field, .filled("the path of a file", example: "/run/secrets/curlew")), let field else {
            return nil
        }
        do {
            return (try surroundings.file(name), name)
        } catch {
            for problem in error.problems {
                report(field.value.mark, field.path, "\(name.quoted): \(problem.message)", hint: problem.hint)
            }
            return nil
        }
    }

    mutating func noteIfOpen(_ contents: FileContents.Contents, _ field: Field, _ name: String) {
        guard contents.isOpenToAll else { return }
        note(
            field.value.mark,
            field.path,
            "every user of this machine may read \(name.quoted)",
            hint: "chmod 600 \(name), and let it belong to the user that runs curlew"
        )
    }
}
