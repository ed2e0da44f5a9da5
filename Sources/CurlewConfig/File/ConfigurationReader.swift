// SPDX-License-Identifier: Apache-2.0

package import Gateway
import Yams

/// Makes a configuration of a parsed file, and notes everything that is wrong with it on the way.
///
/// It never stops at a problem: a value that cannot be read leaves its default in place, so that the rest of the file is
/// still read, and the configuration that comes out is used only if there were none.
struct ConfigurationReader {
    /// The file's name, as messages show it.
    let file: String
    let document: YAMLDocument
    let surroundings: Surroundings
    private(set) var problems: [Problem] = []
    /// How often something was reported, also what had been before.
    private(set) var complaints = 0
    /// What is worth a second look, but may be meant so.
    private(set) var notes: [Problem] = []
    /// How many merges (`<<`) will still be followed. Merges of merges double with every level, and fifty levels would
    /// take for ever; no honest file comes near.
    var mergesLeft = 1000
    /// Where clients connect, once that is read.
    var listen: [ListenAddress] = []
    /// Of the files that backends name.
    var copies: [FileCopy] = []

    init(file: String, document: YAMLDocument, surroundings: Surroundings) {
        self.file = file
        self.document = document
        self.surroundings = surroundings
    }

    /// Reads what came as JSON.
    init(json: Node) {
        self.init(file: "", document: YAMLDocument(json: json), surroundings: Surroundings())
    }

    /// Reads the text of a file.
    ///
    /// - Throws: `ConfigurationFailure` with every problem, in the order of the text.
    static func read(
        _ text: String,
        file: String,
        surroundings: Surroundings = Surroundings()
    ) throws(ConfigurationFailure) -> GatewayConfiguration {
        try check(text, file: file, surroundings: surroundings).configuration
    }

    /// The same, with what is worth a second look.
    static func check(
        _ text: String,
        file: String,
        surroundings: Surroundings
    ) throws(ConfigurationFailure) -> CheckedConfiguration {
        let document: YAMLDocument
        do {
            document = try YAMLDocument(text: text)
        } catch {
            let origin = Problem.Origin.position(file: file, line: error.line, column: error.column)
            throw ConfigurationFailure([Problem(origin, error.message, hint: error.hint)])
        }
        var reader = ConfigurationReader(file: file, document: document, surroundings: surroundings)
        let configuration = reader.configuration()
        guard reader.problems.isEmpty else { throw ConfigurationFailure(reader.sorted(reader.problems)) }
        return CheckedConfiguration(configuration: configuration, notes: reader.sorted(reader.notes))
    }

    private mutating func configuration() -> GatewayConfiguration {
        var configuration = GatewayConfiguration(pools: [], routes: [])
        guard let root = document.root, !root.isEmptyScalar else {
            report(nil, "", "the file holds no settings", hint: "begin with \(Section.top.example)")
            return configuration
        }
        guard let fields = fields(of: root, path: "", section: .top) else { return configuration }
        listen(fields["listen"], trusted: fields["trusted_proxies"], &configuration.listen)
        listen = configuration.listen
        configuration.trustedProxies = trustedProxies(fields["trusted_proxies"])
        assign(&configuration.workers, fields["workers"], .workers)
        assign(&configuration.drainTimeout, fields["drain_timeout"])
        assign(&configuration.drainDelay, fields["drain_delay"])
        assign(&configuration.reloadOnChange, fields["reload_on_change"])
        // Without `listen` the command line may well say something else.
        configuration.admin = admin(fields["admin"], beside: fields["listen"] == nil ? [] : configuration.listen)
        log(fields["log"], &configuration.log)
        configuration.tracing = tracing(fields["tracing"])
        limits(fields["limits"], &configuration.limits)
        configuration.rateLimit = rateLimit(fields["rate_limit"])
        pools(fields, &configuration)
        return configuration
    }

    /// Notes a problem with the value at `path`.
    mutating func report(_ mark: Mark?, _ path: String, _ message: String, hint: String) {
        let origin = Problem.Origin.position(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        report(Problem(origin, path.isEmpty ? message : "\(path): \(message)", hint: hint))
    }

    mutating func report(_ mark: Mark?, _ path: String, _ error: ValueError) {
        report(mark, path, error.message, hint: error.hint)
    }

    /// Nobody reads more, and a text of a megabyte can have a hundred thousand.
    private static let mostProblems = 200
    var mayReport: Bool { problems.count < Self.mostProblems }

    mutating func report(_ problem: Problem) {
        complaints += 1
        // An anchored value is read wherever it is named, and is wrong only once.
        if mayReport, !problems.contains(problem) { problems.append(problem) }
    }

    /// Notes what may be meant so, and often is not.
    mutating func note(_ mark: Mark?, _ path: String, _ message: String, hint: String) {
        let origin = Problem.Origin.position(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        let note = Problem(origin, path.isEmpty ? message : "\(path): \(message)", hint: hint)
        if notes.count < Self.mostProblems, !notes.contains(note) { notes.append(note) }
    }

    /// In the order of the text; those of other files that it names come last.
    private func sorted(_ problems: [Problem]) -> [Problem] {
        func place(_ problem: Problem) -> (Int, String, Int, Int) {
            guard case .position(let name, let line, let column) = problem.origin else { return (0, "", 0, 0) }
            return (name == file ? 0 : 1, name, line, column)
        }
        return problems.sorted { place($0) < place($1) }
    }
}

/// A valid configuration, and what is worth a second look in its file.
package struct CheckedConfiguration: Sendable, Equatable {
    package let configuration: GatewayConfiguration
    package let notes: [Problem]
}
