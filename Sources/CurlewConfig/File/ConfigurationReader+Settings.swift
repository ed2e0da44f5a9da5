// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    mutating func log(_ field: Field?, _ log: inout LogConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .log) else { return }
        assign(&log.format, fields["format"])
        assign(&log.level, fields["level"])
        assign(&log.access, fields["access"])
        assign(&log.output, fields["output"], .logOutput)
        if case .file(let path) = log.output, let field = fields["output"] {
            let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
            if !folder.isEmpty, !surroundings.exists(String(folder)) {
                note(
                    field.value.mark,
                    field.path,
                    "there is no folder \(folder) on this machine, and without it the gateway does not start",
                    hint: "make it where the gateway runs: mkdir -p \(folder)"
                )
            }
        }
        assign(&log.samplePercent, fields["sample"])
        assign(&log.slow, fields["slow"])
        log.headers = headerNames(fields["headers"])
        log.responseHeaders = headerNames(fields["response_headers"])
        checkShown(fields, log.format)
        guard let redact = fields["redact"],
            let parts = self.fields(of: redact.value, path: redact.path, section: .redact)
        else { return }
        log.redaction.headers = headerNames(parts["headers"])
        redactedQuery(parts["query"], &log.redaction.query)
    }

    /// A list of names, which may be empty.
    private mutating func headerNames(_ field: Field?) -> [String] {
        guard let field else { return [] }
        let example = "\(field.key): \(field.declared?.example ?? "[]")"
        var names = [String]()
        for node in oneOrMore(field, mayBeEmpty: true) {
            guard let name = scalar(node, path: field.path, .headerName, example: example) else { continue }
            if names.contains(where: { $0.lowercased() == name.lowercased() }) {
                report(node.mark, field.path, "\(name) is in the list twice", hint: "keep one of them")
            } else {
                names.append(name)
            }
        }
        return names
    }

    private mutating func redactedQuery(_ field: Field?, _ query: inout LogRedaction.Query) {
        guard let field else { return }
        let example = "query: all, or query: [token, email]"
        guard field.value.sequence == nil else {
            let items = items(of: field, example: example) ?? []
            query = .parameters(
                items.compactMap {
                    scalar($0, path: field.path, .filled("the name of a parameter", example: "token"), example: example)
                }
            )
            return
        }
        guard let word = scalar(field.value, path: field.path, .any("all, none or a list of names"), example: example)
        else { return }
        switch word {
        case "all": query = .all
        case "none": query = .nothing
        default:
            report(
                field.value.mark,
                field.path,
                "\(word.quoted) is neither all nor none",
                hint: "for example \(example)"
            )
        }
    }

    /// The two forms of an access log have their own fields.
    private mutating func checkShown(_ fields: Fields, _ format: LogConfiguration.Format) {
        guard format != .auto, format != .json else { return }
        for field in fields.those(of: ["headers", "response_headers"]) {
            note(
                field.keyMark,
                field.path,
                "only JSON records show header fields, and the format is \(format.rawValue)",
                hint: "write format: json, or remove it"
            )
        }
    }
}
