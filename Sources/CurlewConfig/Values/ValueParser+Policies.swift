// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What a request may be retried for.
enum RetryCause: Sendable {
    case condition(RetryConfiguration.Condition)
    case status(Int)
}

extension ValueParser where Value == RetryCause {
    static var retryCause: Self {
        let names = RetryConfiguration.Condition.allCases.map(\.rawValue)
        return ValueParser("\(names.alternatives), or a status code", example: "reset") { text throws(ValueError) in
            if let condition = RetryConfiguration.Condition(rawValue: text.lowercased()) {
                return .condition(condition)
            }
            guard let code = Int(text) else {
                let error = unknownName(text, kind: "one of these", known: names)
                throw ValueError(error.message, hint: "\(error.hint), or a status code such as 503")
            }
            guard (400...599).contains(code) else {
                throw ValueError("\(text.prefix(40)) is not the status code of a failure", hint: "use 400 to 599")
            }
            return .status(code)
        }
    }
}

extension ValueParser where Value == String {
    static var pingMethod: Self {
        ValueParser("GET, HEAD or OPTIONS", example: "GET") { text throws(ValueError) in
            let known = ["GET", "HEAD", "OPTIONS"]
            guard known.contains(text) else { throw unknownName(text, kind: "a method for pings", known: known) }
            return text
        }
    }

    /// The path of a cookie (RFC 6265 §4.1.1).
    static var cookiePath: Self {
        ValueParser("a path", example: "/app") { text throws(ValueError) in
            guard text.hasPrefix("/"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ";") })
            else {
                throw ValueError("\(text.quoted) cannot be the path of a cookie", hint: "for example / or /app")
            }
            return text
        }
    }
}

extension ValueParser where Value == Duration? {
    /// How long a browser keeps a cookie.
    static var cookieLife: Self {
        ValueParser("a duration or session", example: "1h") { text throws(ValueError) in
            if text == "session" { return nil }
            let duration = try ValueParser<Duration>.duration.parse(text)
            guard duration >= .seconds(1) else {
                throw ValueError("a cookie's life is counted in seconds", hint: "write at least 1s, or session")
            }
            return duration
        }
    }
}

extension ValueParser where Value == Int {
    /// The status code of a redirect.
    static var redirectStatus: Self {
        ValueParser("a status code", example: "308") { text throws(ValueError) in
            let known = ["301", "302", "303", "307", "308"]
            guard let code = Int(text), known.contains(text) else {
                throw ValueError(
                    "\(text.quoted) is not the status code of a redirect",
                    hint: "use \(known.alternatives)"
                )
            }
            return code
        }
    }
}

extension ValueParser where Value == RateLimitConfiguration.Key {
    /// Whose requests are counted together, but for those that need a name.
    static var rateKey: Self {
        ValueParser("client_ip or route", example: "client_ip") { text throws(ValueError) in
            switch text {
            case "client_ip": return .clientAddress
            case "route": return .all
            default:
                let error = unknownName(text, kind: "what can be counted by", known: ["client_ip", "route"])
                throw ValueError(error.message, hint: "\(error.hint); or by: { header: NAME }")
            }
        }
    }
}
