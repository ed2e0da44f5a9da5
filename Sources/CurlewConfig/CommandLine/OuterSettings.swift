// SPDX-License-Identifier: Apache-2.0

/// A value from outside the file, and where it comes from.
struct OuterValue {
    let text: String
    let origin: Problem.Origin
}

/// The command line laid over the environment: for each setting, the flag where there is one, else the variable.
///
/// A variable that is empty counts as not set, since that is how a compose file passes on what its own user left out.
/// Variables that Curlew does not know are ignored, though they may be misspelt: a cluster sets some of its own, such as
/// `CURLEW_SERVICE_HOST` and `CURLEW_PORT`, for a service that is named curlew.
struct OuterSettings {
    private(set) var config: OuterValue?
    private(set) var listen: [OuterValue]
    private(set) var backends: [OuterValue]
    private(set) var strategy: OuterValue?
    private(set) var workers: OuterValue?
    private(set) var logFormat: OuterValue?
    private(set) var logLevel: OuterValue?
    /// What is wrong with the settings before their values are looked at.
    private(set) var problems: [Problem] = []

    init(_ flags: CommandLineSettings, environment: [String: String]) {
        func one(_ flag: String?, _ name: String) -> OuterValue? {
            if let flag { return OuterValue(text: flag, origin: .flag("--\(name)")) }
            let variable = Self.variable(name)
            return environment[variable].flatMap { text in
                text.isEmpty ? nil : OuterValue(text: Self.trim(text), origin: .variable(variable))
            }
        }
        func many(_ flags: [String], _ name: String, _ variable: String) -> [OuterValue] {
            guard flags.isEmpty else {
                return flags.map { OuterValue(text: $0, origin: .flag("--\(name)")) }
            }
            guard let list = environment[variable], !list.isEmpty else { return [] }
            // A trailing comma is forgiven, an empty place between two is not.
            let items = list.split(separator: ",", omittingEmptySubsequences: false).map { Self.trim(String($0)) }
            let trailing = items.count > 1 && items.last == ""
            return (trailing ? items.dropLast() : items).map { OuterValue(text: $0, origin: .variable(variable)) }
        }
        config = one(flags.config, "config")
        listen = many(flags.listen, "listen", "CURLEW_LISTEN")
        backends = many(flags.backends, "backend", "CURLEW_BACKEND")
        strategy = one(flags.strategy, "strategy")
        workers = one(flags.workers, "workers")
        logFormat = one(flags.logFormat, "log-format")
        logLevel = one(flags.logLevel, "log-level")

        let plural = many(flags.backends, "backend", "CURLEW_BACKENDS")
        if backends.isEmpty {
            backends = plural
        } else if !plural.isEmpty, plural.map(\.text) != backends.map(\.text) {
            problems.append(
                Problem(
                    .variable("CURLEW_BACKEND"),
                    "CURLEW_BACKENDS is set too, and says something else",
                    hint: "they are two names of one setting: keep one of them"
                )
            )
        }
    }

    /// The variable that stands for a flag: `CURLEW_LOG_FORMAT` for `--log-format`.
    static func variable(_ flag: String) -> String {
        "CURLEW_" + flag.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private static func trim(_ text: String) -> String {
        var rest = text.drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
