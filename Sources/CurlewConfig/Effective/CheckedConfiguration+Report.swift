// SPDX-License-Identifier: Apache-2.0

import Gateway

extension CheckedConfiguration {
    /// What `curlew check` prints for a valid file: a summary, the notes, the configuration with every default filled in,
    /// and the routes in the order in which they are tried. All but the configuration are comments, so that the whole is a
    /// configuration too.
    package func report(file: String) -> String {
        var lines = ["\(file.escaped) is valid: \(configuration.summary)"]
        lines += notes.map { "note: \($0)" }
        lines += ["", "The configuration, with every default:"]
        let head = lines.map(Self.comment).joined()
        let body = ConfigurationWriter().tree(configuration).yaml
        return "\(head)\n\(body)\n" + routes.map(Self.comment).joined()
    }

    private static func comment(_ line: String) -> String { line.isEmpty ? "#\n" : "# \(line)\n" }

    private var routes: [String] {
        let entries = RouteOrder.entries(of: configuration.routes)
        let width = "\(entries.count)".count
        var lines = ["The routes, in the order in which they are tried:"]
        for (index, entry) in entries.enumerated() {
            var route = configuration.routes[entry.route]
            let name = route.name.map { "\($0): " } ?? ""
            route.name = nil
            // Of several hosts each has its own place in the order.
            route.hosts = entry.host.map { [$0] } ?? []
            let number = "\(index + 1)"
            let padding = String(repeating: " ", count: width - number.count)
            lines.append("\(padding)\(number). \(name)\(route.title) -> \(route.action.text)".escaped)
        }
        return lines
    }
}

extension RouteConfiguration.Action {
    /// What becomes of a request, on one line.
    var text: String {
        switch self {
        case .pool(let name): "pool \(name)"
        case .split(let targets): targets.map { "\($0.percent.text) % pool \($0.pool)" }.joined(separator: ", ")
        case .redirect(let redirect): "\(redirect.status) to \(redirect.location)"
        case .respond(let answer): "answer \(answer.status)"
        }
    }
}
