// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ValueParser where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    static func choice(example: Value) -> Self {
        let names = Value.allCases.map(\.rawValue)
        return ValueParser(names.alternatives, example: example.rawValue) { text throws(ValueError) in
            guard let value = Value(rawValue: text.lowercased()) else {
                throw unknownName(text, kind: "one of these", known: names)
            }
            return value
        }
    }
}

extension ValueParser where Value == LogConfiguration.Output {
    /// `stdout`, `stderr`, or the path of a file.
    static var logOutput: Self {
        ValueParser("stdout, stderr or the path of a file", example: "stdout") { text throws(ValueError) in
            switch text {
            case "stdout": return .stdout
            case "stderr": return .stderr
            default: break
            }
            // A bare word is far more often a misspelt `stdout` than a file in whatever directory this is.
            guard text.contains("/"), !text.hasSuffix("/"), !text.unicodeScalars.contains("\0") else {
                throw ValueError(
                    "\(text.quoted) is not a place to log to",
                    hint: "write stdout, stderr, or the path of a file such as /var/log/curlew.log"
                )
            }
            return .file(text)
        }
    }
}

extension ValueParser where Value == String {
    /// The name of a balancing strategy.
    package static var strategy: Self {
        ValueParser("the name of a strategy", example: StrategyRegistry.names[0]) { text throws(ValueError) in
            guard strategies.contains(text) else { throw unknownName(text, kind: "a strategy", known: strategies) }
            return text
        }
    }

    /// Every strategy that a file may name, the default first.
    static var strategies: [String] { StrategyRegistry.names }

    /// The path of a health check's request, as it goes on the request line.
    static var requestPath: Self {
        ValueParser("a path", example: "/health") { text throws(ValueError) in
            guard text.hasPrefix("/") else {
                throw ValueError(
                    "the path \(text.quoted) does not begin with a slash",
                    hint: "write only the path and query of the request, for example /health"
                )
            }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
                throw ValueError(
                    "the path \(text.quoted) holds a character that cannot stand in a request",
                    hint: "percent-encode spaces and non-ASCII characters (a space is %20) and leave out any #fragment"
                )
            }
            return text
        }
    }
}

/// The error of a name that is not among `known`.
func unknownName(_ text: String, kind: String, known: [String]) -> ValueError {
    let nearest = Spelling.nearest(to: text, among: known).flatMap { Spelling.isLikely($0, for: text) ? $0 : nil }
    let question = nearest.map { "did you mean \($0)? " } ?? ""
    let choice = known.count == 1 ? "the only one is \(known[0])" : "use \(known.alternatives)"
    return ValueError("\(text.quoted) is not \(kind)", hint: question + choice)
}
