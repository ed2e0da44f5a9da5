// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Who may ask, and from where: decided from a request's head alone.
///
/// With a token, whoever shows it may. Without one the listener is on a loopback address, which every page that a browser on
/// this machine opens can reach too: so the name that was asked for must be this machine's own, lest a foreign name that
/// resolves to 127.0.0.1 makes the answers readable to its pages (DNS rebinding). And what changes something is asked for in a
/// way that no page of another origin can without being allowed to (CSRF), which nobody ever is.
struct AdminGuard: Sendable {
    /// What of a request it goes by.
    struct Request: Sendable {
        /// Neither GET nor HEAD.
        var isWriting = false
        var host: String?
        var authorization: String?
        var contentType: String?
        var origin: String?
        var fetchSite: String?
    }

    private let token: [UInt8]?
    private let ownHost: String

    init(_ configuration: AdminConfiguration) {
        token = configuration.token.map { Array($0.utf8) }
        ownHost = configuration.listen.host.lowercased()
    }

    /// Whether whoever asks has to show a token.
    var wantsToken: Bool { token != nil }

    /// Whether the request may be done.
    ///
    /// - Parameters:
    ///   - request: What was asked with.
    ///   - isOpen: It asks for what everybody may know.
    /// - Returns: Why the request is refused; `nil` if it may be done.
    func objection(to request: Request, isOpen: Bool = false) -> Problem? {
        if let token {
            if !isOpen, !shows(token, request.authorization) {
                return Problem(
                    status: 401,
                    detail: "send the token of admin.token_file: Authorization: Bearer …",
                    fields: [.init("WWW-Authenticate", "Bearer realm=\"curlew\"")]
                )
            }
        } else if !isOwn(request.host) {
            return Problem(
                status: 403,
                detail: "this Host is none of this machine's own; use localhost, or configure admin.token_file"
            )
        }
        return request.isWriting ? objectionToWriting(request) : nil
    }

    private func objectionToWriting(_ request: Request) -> Problem? {
        // A form can send three types of content to any site (Fetch, "CORS-safelisted request-header"); this is none.
        let type = request.contentType?.split(separator: ";", maxSplits: 1).first.map(Self.trimmed)
        guard type == "application/json" else {
            return Problem(status: 415, detail: "send Content-Type: application/json, also without a body")
        }
        if let origin = request.origin, !isSame(origin, request.host) {
            return Problem(status: 403, detail: "pages of other origins may not change anything here")
        }
        if let site = request.fetchSite, site != "same-origin", site != "none" {
            return Problem(status: 403, detail: "pages of other sites may not change anything here")
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
            .lowercased()
    }

    // MARK: The token

    private func shows(_ token: [UInt8], _ authorization: String?) -> Bool {
        guard let authorization else { return false }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return Self.isEqual(Array(parts[1].utf8), token)
    }

    /// Takes as long for any two texts of these lengths, so that nobody learns how much of a guess is right.
    static func isEqual(_ guess: [UInt8], _ token: [UInt8]) -> Bool {
        guard !token.isEmpty else { return false }
        var difference = guess.count ^ token.count
        for index in guess.indices { difference |= Int(guess[index] ^ token[index % token.count]) }
        return difference == 0
    }

    // MARK: Names

    /// Whether a Host field names this machine, as the loopback address or as what is listened on.
    private func isOwn(_ host: String?) -> Bool {
        guard let host else { return false }
        let name = Self.name(of: host)
        if name == "localhost" || name.hasSuffix(".localhost") || name == ownHost { return true }
        return IPAddress(name)?.isLoopback == true
    }

    /// A Host field without its port and brackets.
    static func name(of host: String) -> String {
        var name = host.lowercased()
        if name.hasPrefix("[") {
            return String(name.dropFirst().prefix { $0 != "]" })
        }
        if let colon = name.lastIndex(of: ":") { name = String(name[..<colon]) }
        return name
    }

    /// RFC 6454: an origin is the scheme, host and port of a page.
    private func isSame(_ origin: String, _ host: String?) -> Bool {
        guard let host else { return false }
        let (origin, name) = (origin.lowercased(), host.lowercased())
        // What is in front of a listener that has a token may speak TLS.
        return origin == "http://\(name)" || (token != nil && origin == "https://\(name)")
    }
}
