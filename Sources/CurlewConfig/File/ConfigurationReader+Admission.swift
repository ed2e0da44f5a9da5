// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

/// Who may come, and how often.
extension ConfigurationReader {
    mutating func admission(_ fields: Fields, _ overrides: inout RouteOverrides) {
        overrides.rateLimit = rateLimit(fields["rate_limit"])
        checkNameOfLimit(fields)
        assign(&overrides.concurrencyPerClient, fields["concurrency_per_client"])
        overrides.access = access(fields["access"])
        overrides.basicAuth = basicAuth(fields["basic_auth"])
    }

    /// A route's limit is called by the route's name, which must not be what another limit is called.
    private mutating func checkNameOfLimit(_ fields: Fields) {
        guard let field = fields["name"], let name = field.value.scalar?.string, fields["rate_limit"] != nil,
            let other = LimitName.owner(of: name)
        else { return }
        report(
            field.value.mark,
            field.path,
            "clients and the log call the route's rate limit by its name, and \(name) is \(other)",
            hint: "give the route another name, such as \(name)-route"
        )
    }

    mutating func rateLimit(_ field: Field?) -> RateLimitConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .rateLimit) else { return nil }
        var requests = 0
        assign(&requests, fields["requests"])
        var limit = RateLimitConfiguration(requests: requests)
        assign(&limit.period, fields["per"])
        assign(&limit.burst, fields["burst"])
        if let by = fields["by"] {
            if by.value.mapping == nil {
                assign(&limit.key, by, .rateKey)
            } else if let parts = self.fields(of: by.value, path: by.path, section: .rateKey),
                let name = read(parts["header"], .headerName)
            {
                limit.key = .header(name)
            }
        }
        assign(&limit.isDryRun, fields["dry_run"])
        checkBurst(limit, fields)
        return limit
    }

    /// What takes longer than that to be there again bounds nobody, and beyond 584 years the nanoseconds that are counted in
    /// have no number for it.
    private mutating func checkBurst(_ limit: RateLimitConfiguration, _ fields: Fields) {
        guard limit.requests > 0, let burst = fields["burst"] else { return }
        let seconds = limit.period / .seconds(1) / Double(limit.requests) * Double(limit.burst)
        guard seconds > 100 * 365 * 86_400 else { return }
        report(
            burst.value.mark,
            burst.path,
            "a burst of \(limit.burst) takes more than a hundred years to be there again, at \(limit.requests) in "
                + limit.period.written,
            hint: "lower it, or leave it out: then it is as many as `requests`"
        )
    }

    private mutating func access(_ field: Field?) -> AccessConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .access) else { return nil }
        var access = AccessConfiguration()
        access.allow = networks(fields["allow"])
        access.deny = networks(fields["deny"])
        if fields.those(of: ["allow", "deny"]).isEmpty {
            report(
                field.value.mark,
                field.path,
                "the list names nobody, neither to allow nor to deny",
                hint: "for example \(Section.access.example)"
            )
        }
        for network in access.deny where access.allow.contains(where: { $0.isSame(as: network) }) {
            note(
                fields["deny"]?.keyMark,
                field.path,
                "\(network) is both allowed and denied, and so denied",
                hint: "keep one of them"
            )
        }
        return access
    }

    private mutating func basicAuth(_ field: Field?) -> BasicAuthConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .basicAuth) else { return nil }
        var auth = BasicAuthConfiguration()
        assign(&auth.realm, fields["realm"], .realm)
        if let users = fields["users"] {
            for user in named(users, name: .userName, value: .passwordHash) { auth.users[user.name] = user.value }
        }
        if let file = fields["users_file"] { self.users(file, &auth.users) }
        if fields.those(of: ["users", "users_file"]).isEmpty {
            report(
                field.value.mark,
                field.path,
                "there is nobody who may come",
                hint: "add users_file: /etc/curlew/htpasswd, which `htpasswd -B` makes"
            )
        }
        return auth
    }

    /// Reads a file of `name:hash` lines. What is wrong in it is told with its own name and lines.
    private mutating func users(_ field: Field, _ users: inout [String: String]) {
        guard let (contents, name) = contents(of: field) else { return }
        noteIfOpen(contents, field, name)
        let text: String
        do {
            text = try FileContents.decode(contents.bytes, path: name)
        } catch {
            for problem in error.problems { report(problem) }
            return
        }
        var lines = [String: Int]()
        // Swift takes the end of a line on Windows for one character.
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in parts.enumerated() {
            let place = Place(file: name, line: index + 1)
            guard let (user, hash) = user(line, at: place) else { continue }
            if let other = lines[user] {
                report(
                    place.problem(1, "the user \(user.quoted) is already on line \(other)", hint: "keep one of them")
                )
            } else if users[user] != nil {
                report(place.problem(1, "the user \(user.quoted) is also under `users`", hint: "keep one of them"))
            }
            lines[user] = place.line
            users[user] = hash
        }
        if lines.isEmpty, !problems.contains(where: { $0.isAbout(file: name) }) {
            report(
                field.value.mark,
                field.path,
                "there is nobody in \(name.quoted)",
                hint: "add one: htpasswd -B \(name) ada"
            )
        }
    }

    /// The name and the hash of one line; `nil` for an empty one, a comment, and one that is wrong, which is reported.
    private mutating func user(_ line: Substring, at place: Place) -> (name: String, hash: String)? {
        guard !line.allSatisfy(\.isWhitespace), !line.hasPrefix("#") else { return nil }
        guard let colon = line.firstIndex(of: ":") else {
            report(place.problem(1, "there is no colon between a name and a hash", hint: "write name:hash"))
            return nil
        }
        let name = String(line[..<colon])
        do {
            _ = try ValueParser<String>.userName.parse(name)
        } catch {
            report(place.problem(1, error.message, hint: error.hint))
            return nil
        }
        let hash = String(line[line.index(after: colon)...])
        do {
            return (name, try ValueParser<String>.passwordHash.parse(hash))
        } catch {
            report(place.problem(name.unicodeScalars.count + 2, error.message, hint: error.hint))
            return nil
        }
    }
}

/// A line of another file.
private struct Place {
    let file: String
    let line: Int

    func problem(_ column: Int, _ message: String, hint: String) -> Problem {
        Problem(.position(file: file, line: line, column: column), message, hint: hint)
    }
}

extension Problem {
    fileprivate func isAbout(file: String) -> Bool {
        if case .position(file, _, _) = origin { true } else { false }
    }
}

extension IPNetwork {
    /// Whether both hold the same addresses, however they are written.
    fileprivate func isSame(as other: IPNetwork) -> Bool {
        description == other.description
    }
}

extension ValueParser where Value == String {
    /// RFC 7617 §2: no colon, and no control characters.
    static var userName: Self {
        ValueParser("a user's name", example: "ada") { text throws(ValueError) in
            guard !text.isEmpty,
                !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == ":" })
            else {
                throw ValueError(
                    "\(text.quoted) cannot be a user's name",
                    hint: "use no colon and no control character"
                )
            }
            return text
        }
    }
}
