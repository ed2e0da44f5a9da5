// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// Makes the one configuration that the gateway runs with: flags beat the environment, which beats the file, which beats
/// the defaults.
///
/// Each setting is replaced whole: a `--listen` on the command line means that the file's addresses are not listened on.
/// `--backend` and `--strategy` are about the pool that takes every request: the one that the catch-all route names, or
/// `default` where the file has no pools.
package struct ConfigurationLoader {
    private let outer: OuterSettings
    private let readFile: (String) throws(ConfigurationFailure) -> String
    private var problems: [Problem]

    /// - Parameters:
    ///   - flags: What the command line says.
    ///   - environment: The variables of the process.
    package init(flags: CommandLineSettings, environment: [String: String]) {
        self.init(flags: flags, environment: environment) { path throws(ConfigurationFailure) in
            try FileContents.text(of: path)
        }
    }

    init(
        flags: CommandLineSettings,
        environment: [String: String],
        readFile: @escaping (String) throws(ConfigurationFailure) -> String
    ) {
        outer = OuterSettings(flags, environment: environment)
        self.readFile = readFile
        problems = outer.problems
    }

    /// The configuration, with at least one backend in each pool.
    ///
    /// - Throws: `ConfigurationFailure` with the problems of the flags, the environment and the file together.
    package func load() throws(ConfigurationFailure) -> GatewayConfiguration {
        var loader = self
        return try loader.merged()
    }

    /// The addresses that a gateway with the same settings listens on.
    ///
    /// - Throws: `ConfigurationFailure`, as `load` does.
    package func listenAddresses() throws(ConfigurationFailure) -> [ListenAddress] {
        var loader = self
        return try loader.merged().listen
    }

    /// Validates one file by itself, without flags or environment.
    ///
    /// - Throws: `ConfigurationFailure` with every problem in it.
    package static func check(file: String) throws(ConfigurationFailure) -> GatewayConfiguration {
        try ConfigurationReader.read(try FileContents.text(of: file), file: file)
    }

    private mutating func merged() throws(ConfigurationFailure) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(backends: BackendConfiguration.defaults)
        if let file = outer.config {
            do throws(ConfigurationFailure) {
                let text = try readFile(file.text)
                configuration = try ConfigurationReader.read(text, file: file.text)
            } catch {
                problems += error.problems.map { Self.naming(file.origin, in: $0) }
            }
        }
        apply(to: &configuration)
        guard problems.isEmpty else { throw ConfigurationFailure(problems) }
        return configuration
    }

    /// Says which variable named a file that cannot be read; a flag is in plain sight.
    private static func naming(_ origin: Problem.Origin, in problem: Problem) -> Problem {
        guard case .variable(let name) = origin, case .file = problem.origin else { return problem }
        return Problem(problem.origin, problem.message, hint: "\(problem.hint); the file is named by \(name)")
    }

    private mutating func apply(to configuration: inout GatewayConfiguration) {
        let listen = distinct(outer.listen, .listenAddress) { $0.port == 0 ? nil : $0.description }
        if !listen.isEmpty { configuration.listen = listen }
        assign(&configuration.workers, outer.workers, .workers)
        assign(&configuration.log.format, outer.logFormat, .choice(example: .text))
        assign(&configuration.log.level, outer.logLevel, .choice(example: .info))

        let backends = distinct(outer.backends, .backendURL, identity: \.identity)
        let catchAll = configuration.routes.first?.pool
        guard let pool = configuration.pools.firstIndex(where: { $0.name == catchAll }) else {
            // Only a file with problems leaves no pool; the strategy is still looked at, for its own.
            var strategy = ""
            assign(&strategy, outer.strategy, .strategy)
            return
        }
        if !backends.isEmpty { configuration.pools[pool].backends = backends.map { BackendConfiguration(url: $0) } }
        assign(&configuration.pools[pool].strategy, outer.strategy, .strategy)
    }

    private mutating func assign<Value>(_ target: inout Value, _ value: OuterValue?, _ parser: ValueParser<Value>) {
        guard let value else { return }
        do {
            target = try parser.parse(value.text)
        } catch {
            problems.append(Problem(value.origin, error.message, hint: error.hint))
        }
    }

    /// Reads a list in which nothing may stand twice. A value without identity is never the same as another.
    private mutating func distinct<Value>(
        _ values: [OuterValue],
        _ parser: ValueParser<Value>,
        identity: (Value) -> String?
    ) -> [Value] {
        var seen = Set<String>()
        var result = [Value]()
        for value in values {
            var parsed: Value?
            assign(&parsed, value, ValueParser(parser.expected, example: parser.example, parser.parse))
            guard let parsed else { continue }
            if let name = identity(parsed), !seen.insert(name).inserted {
                problems.append(Problem(value.origin, "\(parsed) is given twice", hint: "keep one of them"))
            } else {
                result.append(parsed)
            }
        }
        return result
    }
}
