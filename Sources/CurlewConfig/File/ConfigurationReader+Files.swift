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

    /// The path of a file that libcurl will read, after a look at whether it can be and at what is in it: without a block of
    /// that kind no connection would ever be made. `note` is given a hash of what is in it.
    mutating func readablePath(_ field: Field?, _ kind: PEM, note: (UInt64) -> Void) -> String? {
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
        note(StableHash.hash(contents.bytes.span))
        if isSecret { noteIfOpen(contents, field, name) }
        return name
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
