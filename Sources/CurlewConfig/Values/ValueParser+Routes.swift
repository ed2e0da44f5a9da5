// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ValueParser where Value == String {
    /// Letters, digits, dots, hyphens and underscores: what stands in log records, metric labels and messages without
    /// quoting.
    static func word(_ kind: String, example: String) -> Self {
        ValueParser(kind, example: example) { text throws(ValueError) in
            let wellFormed = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "._-".utf8.contains(byte)
                }
            }
            guard wellFormed, (1...64).contains(text.utf8.count) else {
                throw ValueError(
                    "\(text.quoted) cannot be \(kind)",
                    hint: "use up to 64 letters, digits, dots, hyphens and underscores, for example \(example)"
                )
            }
            return text
        }
    }

    static var poolName: Self { word("the name of a pool", example: "web") }

    /// The host of a request: a name, `*.` and a domain, or an IP literal as it stands in Host. In lower case, without
    /// the dot at its end.
    static var routeHost: Self {
        ValueParser("a host", example: "api.example.com") { text throws(ValueError) in
            guard text != "*" else {
                throw ValueError("\"*\" is no host", hint: "leave `host` out, and the route takes every host")
            }
            if text.hasPrefix("["), text.hasSuffix("]"), Host.isIPv6(text.dropFirst().dropLast()) {
                return text.lowercased()
            }
            let isWildcard = text.hasPrefix("*.")
            let name = isWildcard ? String(text.dropFirst(2)) : text
            guard !name.contains("*") else {
                throw ValueError(
                    "\(text.quoted) has an asterisk elsewhere than before the first dot",
                    hint: "write *.example.com for every name below example.com"
                )
            }
            guard !name.contains(":"), !name.contains("/") else {
                throw ValueError(
                    "\(text.quoted) is more than a host",
                    hint:
                        "write the name alone, such as api.example.com: the port does not count, and a path goes to `path`"
                )
            }
            try Host.checkName(name)
            return (isWildcard ? "*." : "") + (name.hasSuffix(".") ? String(name.dropLast()) : name).lowercased()
        }
    }

    /// The name of a query parameter, as it is sent.
    static var parameterName: Self {
        parameter("a parameter's name", example: "version", without: "=&#", "an = is %3D, an & %26")
    }

    /// The value of a query parameter, as it is sent; it may be empty.
    static var parameterValue: Self {
        parameter("a parameter's value", example: "v2", without: "&#", "an & is %26", mayBeEmpty: true)
    }

    /// Parameters are compared as they are sent, so what cannot be sent is never met.
    private static func parameter(
        _ kind: String,
        example: String,
        without separators: String,
        _ escapes: String,
        mayBeEmpty: Bool = false
    ) -> Self {
        ValueParser(kind, example: example) { text throws(ValueError) in
            guard mayBeEmpty || !text.isEmpty else {
                throw ValueError("expected \(kind) but found nothing", hint: "for example \(example)")
            }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !separators.utf8.contains($0) }) else {
                throw ValueError(
                    "no request could have \(text.quoted) as \(kind), since it holds a character that cannot stand there",
                    hint: "percent-encode it as clients send it: a space is %20 or +, \(escapes)"
                )
            }
            return text
        }
    }

    /// The path that a route is for, or that it takes away.
    static var routePath: Self {
        ValueParser("a path", example: "/v1") { text throws(ValueError) in
            guard text.hasPrefix("/") else {
                throw ValueError("the path \(text.quoted) does not begin with a slash", hint: "write /v1, for example")
            }
            if let mark = text.first(where: { "?#".contains($0) }) {
                throw ValueError(
                    "the path \(text.quoted) holds a \(mark)",
                    hint: "write the path alone; conditions on the query are query: { version: \"2\" }"
                )
            }
            guard !text.contains("*") else {
                throw ValueError(
                    "the path \(text.quoted) holds an asterisk, which is not a wildcard here",
                    hint: "write path: /v1 for /v1 and all below it, or exact_path: /v1 for it alone"
                )
            }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ValueError(
                    "the path \(text.quoted) holds a character that cannot stand in a request",
                    hint: "percent-encode spaces and non-ASCII characters: a space is %20"
                )
            }
            if let problem = RouteRules.problem(withPath: text) {
                throw ValueError(
                    "no request could go by the path \(text.quoted): \(problem)",
                    hint: "write a plain one"
                )
            }
            return text
        }
    }

    /// The same as a prefix, which is told by its segments: without the slash at its end, but for the first.
    static var pathPrefix: Self {
        ValueParser("a path", example: "/v1") { text throws(ValueError) in
            let path = try routePath.parse(text)
            let end = path.utf8.lastIndex { $0 != UInt8(ascii: "/") }
            return end.map { String(path[...$0]) } ?? "/"
        }
    }

    /// Where a redirect goes to.
    static var redirectLocation: Self {
        ValueParser("a URL or a path", example: "https://{host}{path}{query}") { text throws(ValueError) in
            let example = "for example https://{host}{path}{query}"
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`|".utf8.contains($0) }) else {
                throw ValueError(
                    "\(text.quoted) holds a character that cannot stand in a URL",
                    hint: "percent-encode it: a space is %20"
                )
            }
            try checkPlaceholders(text)
            guard ["http://", "https://", "/", "{path}"].contains(where: { text.hasPrefix($0) }) else {
                throw ValueError("\(text.quoted) is neither a URL nor a path", hint: example)
            }
            guard !text.hasPrefix("//"), !text.hasPrefix("/{path}"), !text.hasPrefix("/\\") else {
                throw ValueError(
                    "\(text.quoted) begins with two slashes, and a browser takes what follows for a host",
                    hint: "begin with one slash; {path} has its own"
                )
            }
            return text
        }
    }

    private static func checkPlaceholders(_ text: String) throws(ValueError) {
        let known = ["host", "path", "query"]
        var rest = text[...]
        while let open = rest.firstIndex(where: { "{}".contains($0) }) {
            guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}") else {
                throw ValueError(
                    "\(text.quoted) has a brace without its counterpart",
                    hint: "use {host}, {path} and {query}; a brace of its own is %7B or %7D"
                )
            }
            let name = String(rest[rest.index(after: open)..<close])
            guard known.contains(name) else { throw unknownName(name, kind: "a part of the request", known: known) }
            if name == "query", text[..<open].contains("?") {
                throw ValueError(
                    "{query} brings its own question mark, and there is one before it",
                    hint: "put {query} first, and leave the other out"
                )
            }
            rest = rest[rest.index(after: close)...]
        }
    }

    /// The hash of a password, as crypt(5) writes it, that can be checked in about a second. The message does not repeat
    /// it: it may be the password.
    static var passwordHash: Self {
        ValueParser("the hash of a password", example: "\"$2y$10$…\"") { text throws(ValueError) in
            if let problem = HashSyntax.problem(with: text) {
                throw ValueError(
                    problem,
                    hint:
                        "make one with `htpasswd -nB NAME` (bcrypt), `openssl passwd -6` (SHA-512) or `mkpasswd` (yescrypt)"
                )
            }
            return text
        }
    }
}
