// SPDX-License-Identifier: Apache-2.0

/// A request that nobody has sent: what is written to ask what would become of it.
///
/// It only has to be something that could be sent. Whether it is a good request is for the gateway's parser to say, which
/// sees these very bytes.
package struct RequestDraft: Sendable, Equatable {
    /// Why there could not be such a request: what is wrong, and what to write instead.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// What of it is at fault.
        package enum Part: Sendable, Equatable {
            case method, url
            /// The one at this place, counted from 0.
            case header(Int)
        }

        package let part: Part
        package let description: String

        init(_ part: Part, _ description: String) {
            self.part = part
            self.description = description
        }
    }

    package let method: String
    /// As it was given.
    package let url: String
    /// Who connects to the gateway.
    package let connection: IPAddress
    /// The head as it would be sent.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - method: As it stands in the request line.
    ///   - url: `http://HOST/PATH` (or `https`), which becomes a path and a Host field; or a target as it stands in the
    ///     request line: `/PATH`, `*`, `HOST:PORT`.
    ///   - headers: `Name: value` each. One that is named Host takes the place of that of the URL.
    ///   - connection: Who connects to the gateway: a client, or a proxy.
    /// - Throws: What cannot stand in a request line or on one line of a head.
    package init(method: String, url: String, headers: [String] = [], from connection: IPAddress) throws(Problem) {
        guard !method.isEmpty, method.utf8.allSatisfy(RequestDraft.isVisible) else {
            throw Problem(.method, "a method is one word, such as GET")
        }
        guard !url.isEmpty, url.utf8.allSatisfy(RequestDraft.isVisible) else {
            throw Problem(
                .url,
                url.isEmpty
                    ? "a URL is missing: write http://HOST/PATH, or /PATH"
                    : "a URL has neither spaces nor control characters: write a space as %20"
            )
        }
        for (place, header) in headers.enumerated() {
            if header.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
                throw Problem(
                    .header(place),
                    "a header field is one line: give each one for itself, without line breaks"
                )
            }
            guard header.contains(":") else {
                throw Problem(
                    .header(place),
                    "the header field \(Self.shown(header)) has no colon: write 'Name: value'"
                )
            }
        }
        self.method = method
        self.url = url
        self.connection = connection
        let (host, target) = try RequestDraft.split(url, isConnect: method == "CONNECT")
        var lines = ["\(method) \(target) HTTP/1.1"]
        let namesHost = headers.contains { $0.lowercased().hasPrefix("host:") }
        if let host, !namesHost { lines.append("Host: \(host)") }
        bytes = Array((lines + headers).map { "\($0)\r\n" }.joined().utf8) + [13, 10]
    }

    /// The authority of the URL, and the target that clients send for it: nothing is resolved or escaped.
    private static func split(
        _ url: String,
        isConnect: Bool
    ) throws(Problem) -> (host: Substring?, target: Substring) {
        if url.hasPrefix("/") || url == "*" { return (nil, url[...]) }
        if isConnect, !url.contains("/") { return (url[...], url[...]) }
        let lower = url.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix) else {
            let what = "a URL begins with http:// or https://, and a path with a slash; this is \(shown(url))"
            throw Problem(.url, what)
        }
        let rest = url.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        guard end > rest.startIndex else {
            throw Problem(.url, "the URL \(shown(url)) has no host: write http://HOST/PATH")
        }
        // Clients make a header field of the one, and keep the other to themselves.
        guard !rest[..<end].contains("@") else {
            throw Problem(.url, "no name and password stand in a URL that is sent: give the header field Authorization")
        }
        guard !rest[end...].contains("#") else {
            throw Problem(.url, "no client sends # and what is behind it: leave it out, or write %23")
        }
        let target = rest[end...]
        if target.isEmpty { return (rest[..<end], "/") }
        return (rest[..<end], target.hasPrefix("?") ? "/\(target)" : target)
    }

    /// On one line, and not too much of it.
    private static func shown(_ text: String) -> String {
        let cut = text.unicodeScalars.prefix(60).map { scalar in
            (0x20..<0x7F).contains(scalar.value) ? "\(scalar)" : scalar.escaped(asASCII: true)
        }
        return "\"\(cut.joined())\(cut.count < text.unicodeScalars.count ? "…" : "")\""
    }

    private static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7F }
}
