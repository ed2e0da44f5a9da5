// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

/// Makes a configuration of a parsed file, and notes everything that is wrong with it on the way.
///
/// It never stops at a problem: a value that cannot be read leaves its default in place, so that the rest of the file is
/// still read, and the configuration that comes out is used only if there were none.
struct ConfigurationReader {
    /// The file's name, as messages show it.
    let file: String
    let document: YAMLDocument
    private(set) var problems: [Problem] = []
    /// How many merges (`<<`) will still be followed. Merges of merges double with every level, and fifty levels would
    /// take for ever; no honest file comes near.
    var mergesLeft = 1000

    /// Reads the text of a file.
    ///
    /// - Throws: `ConfigurationFailure` with every problem, in the order of the text.
    static func read(
        _ text: String,
        file: String
    ) throws(ConfigurationFailure) -> GatewayConfiguration {
        let document: YAMLDocument
        do {
            document = try YAMLDocument(text: text)
        } catch {
            let origin = Problem.Origin.position(file: file, line: error.line, column: error.column)
            throw ConfigurationFailure([Problem(origin, error.message, hint: error.hint)])
        }
        var reader = ConfigurationReader(file: file, document: document)
        let configuration = reader.configuration()
        guard reader.problems.isEmpty else { throw ConfigurationFailure(reader.sortedProblems) }
        return configuration
    }

    private mutating func configuration() -> GatewayConfiguration {
        var configuration = GatewayConfiguration(pools: [], routes: [])
        guard let root = document.root, !root.isEmptyScalar else {
            report(nil, "", "the file holds no settings", hint: "begin with \(Section.top.example)")
            return configuration
        }
        guard let fields = fields(of: root, path: "", section: .top) else { return configuration }
        listen(fields["listen"], trusted: fields["trusted_proxies"], &configuration.listen)
        trustedProxies(fields["trusted_proxies"], &configuration.trustedProxies)
        assign(&configuration.workers, fields["workers"], .workers)
        assign(&configuration.drainTimeout, fields["drain_timeout"], .duration)
        log(fields["log"], &configuration.log)
        limits(fields["limits"], &configuration.limits)
        pools(fields, &configuration)
        return configuration
    }

    /// Notes a problem with the value at `path`.
    mutating func report(_ mark: Mark?, _ path: String, _ message: String, hint: String) {
        let origin = Problem.Origin.position(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        let problem = Problem(origin, path.isEmpty ? message : "\(path): \(message)", hint: hint)
        // An anchored value is read wherever it is named, and is wrong only once.
        if !problems.contains(problem) { problems.append(problem) }
    }

    mutating func report(_ mark: Mark?, _ path: String, _ error: ValueError) {
        report(mark, path, error.message, hint: error.hint)
    }

    private var sortedProblems: [Problem] {
        func place(_ problem: Problem) -> (Int, Int) {
            guard case .position(_, let line, let column) = problem.origin else { return (0, 0) }
            return (line, column)
        }
        return problems.sorted { place($0) < place($1) }
    }
}
