// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// Makes the one configuration that the gateway runs with: flags beat the environment, which beats the file, which beats
/// the defaults.
///
/// Each setting is replaced whole: a `--listen` on the command line means that the file's addresses are not listened on.
/// `--backend` and `--strategy` are about the pool that takes every request: the one that the catch-all route names, or
/// `default` where the file has no pools.
package struct ConfigurationLoader: Sendable {
    private let outer: OuterSettings
    private let environment: [String: String]
    private var readFile: @Sendable (String) throws(ConfigurationFailure) -> String
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
        readFile: @escaping @Sendable (String) throws(ConfigurationFailure) -> String
    ) {
        outer = OuterSettings(flags, environment: environment)
        self.environment = environment
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

    /// Reads the same again, for a gateway that runs. What was a pipe at the start is refused then: nobody may be there who
    /// writes into it, and nothing else would be done until somebody was.
    package var source: ConfigurationSource {
        var again = self
        again.readFile = { path throws(ConfigurationFailure) in try FileContents.textOfRegular(path) }
        return ConfigurationSource(file: outer.config?.text) { [again] () throws(ConfigurationRefused) in
            do throws(ConfigurationFailure) {
                return try again.load()
            } catch {
                throw error.refused
            }
        }
    }

    /// Validates `text` as if it were the file that a gateway with the same settings reads.
    package func check(text: String) throws(ConfigurationRefused) -> GatewayConfiguration {
        var loader = self
        do throws(ConfigurationFailure) {
            return try loader.merged(text)
        } catch {
            throw error.refused
        }
    }

    /// The addresses that a gateway with the same settings listens on.
    ///
    /// - Throws: `ConfigurationFailure`, as `load` does.
    package func listenAddresses() throws(ConfigurationFailure) -> [ListenAddress] {
        var loader = self
        return try loader.merged().listen
    }

    /// Validates one file by itself: without flags, and with only those variables that it names as `${NAME}`.
    ///
    /// - Throws: `ConfigurationFailure` with every problem in it.
    package static func check(
        file: String,
        environment: [String: String] = [:]
    ) throws(ConfigurationFailure) -> CheckedConfiguration {
        let text = try FileContents.text(of: file)
        let surroundings = Surroundings(environment: environment)
        return try ConfigurationReader.check(text, file: file, surroundings: surroundings)
    }

    /// `text` stands in place of the file, if it is given.
    private mutating func merged(_ text: String? = nil) throws(ConfigurationFailure) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(backends: BackendConfiguration.defaults)
        if let text {
            let surroundings = Surroundings(environment: environment)
            do throws(ConfigurationFailure) {
                configuration = try ConfigurationReader.read(text, file: "configuration", surroundings: surroundings)
            } catch {
                problems += error.problems
            }
        } else if let file = outer.config {
            do throws(ConfigurationFailure) {
                let text = try readFile(file.text)
                let surroundings = Surroundings(environment: environment)
                configuration = try ConfigurationReader.read(text, file: file.text, surroundings: surroundings)
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
        // Looked at also where there is no pool to set it in.
        var strategy: String?
        assign(&strategy, outer.strategy, ValueParser<String>.strategy.optional)
        guard !backends.isEmpty || strategy != nil else { return }
        guard let pool = configuration.catchAllPool else {
            guard problems.isEmpty, let given = outer.backends.first ?? outer.strategy else { return }
            problems.append(
                Problem(
                    given.origin,
                    "it is about the pool that takes every request, and no route of the file sends them all to one",
                    hint: "write it into a pool of the file, or add a route without conditions: { pool: NAME }"
                )
            )
            return
        }
        if !backends.isEmpty { configuration.pools[pool].backends = backends.map { BackendConfiguration(url: $0) } }
        if let strategy, let given = outer.strategy {
            configuration.pools[pool].strategy = strategy
            configuration.notes += Self.noteOnHash(of: configuration.pools[pool], given.origin)
        }
    }

    /// In a file alone it would be a problem.
    private static func noteOnHash(of pool: PoolConfiguration, _ origin: Problem.Origin) -> [String] {
        guard pool.hash != HashConfiguration(), pool.strategy != "consistent_hash" else { return [] }
        let name =
            switch origin {
            case .flag(let name), .variable(let name): name
            case .position, .file: "strategy"
            }
        return [
            """
            pools.\(pool.name).hash has no effect: it counts with consistent_hash alone, and \(name) says \(pool.strategy) \
            (hint: leave out \(name) to go by the file, or remove \"hash\" from it)
            """
        ]
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

extension GatewayConfiguration {
    /// The index of the pool that takes every request for which no other route is meant: that of the last route in order,
    /// or the only one there is.
    var catchAllPool: Int? {
        guard pools.count > 1 else { return pools.indices.first }
        guard let last = RouteOrder.entries(of: routes).last, routes[last.route].isCatchAll else { return nil }
        return pools.firstIndex { $0.name == routes[last.route].pool }
    }
}

extension ConfigurationFailure {
    /// The same for a gateway that runs.
    fileprivate var refused: ConfigurationRefused {
        ConfigurationRefused(
            problems.map { problem in
                // What is wrong with another file than the configuration's has its place in its text.
                guard case .position(_, let line, let column) = problem.origin else {
                    return ConfigurationRefused.Problem(problem.description)
                }
                let message = "\(problem.message) (hint: \(problem.hint))"
                return ConfigurationRefused.Problem(problem.description, message: message, place: (line, column))
            }
        )
    }
}
