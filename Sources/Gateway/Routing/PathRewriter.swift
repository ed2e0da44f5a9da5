// SPDX-License-Identifier: Apache-2.0

/// Puts one prefix of a path in place of another; see ``PathRewrite``.
struct PathRewriter: Sendable {
    /// What is taken away, as ``PathReader`` has paths, without a slash at its end.
    private let from: [UInt8]
    /// What stands there instead, without a slash at its end.
    let to: [UInt8]
    /// `X-Forwarded-Prefix` and its value, which is what was taken away; nothing where that is nothing.
    let forwardedPrefix: [UInt8]

    init(_ rewrite: PathRewrite) throws(StartError) {
        from = PathReader.prefix(try PathReader.configured(rewrite.from.isEmpty ? "/" : rewrite.from))
        to = PathReader.prefix(Array(rewrite.to.utf8))
        for byte in (rewrite.from + rewrite.to).utf8 where !ASCII.isTarget(byte) || byte == UInt8(ascii: "?") {
            throw StartError(
                "the path \(rewrite.from) may not be replaced by \(rewrite.to): write spaces and the like as %20"
            )
        }
        let line =
            "X-Forwarded-Prefix: \(rewrite.from.hasSuffix("/") ? String(rewrite.from.dropLast()) : rewrite.from)\r\n"
        forwardedPrefix = from.isEmpty ? [] : Array(line.utf8)
    }

    /// How many bytes of `path`, which has no query, are the prefix; `nil` if it does not begin so. Escapes count for what
    /// they stand for.
    func prefixLength(of path: Span<UInt8>) -> Int? {
        var index = 0
        var known = 0
        while known < from.count {
            guard index < path.count, let character = PathReader.Character(path, at: index) else { return nil }
            if character.staysEscaped {
                guard known + 2 < from.count, from[known] == UInt8(ascii: "%"), from[known + 1] == character.highDigit,
                    from[known + 2] == character.lowDigit
                else { return nil }
                known += 3
            } else {
                guard from[known] == character.byte else { return nil }
                known += 1
            }
            index += character.length
        }
        return index == path.count || path[index] == ASCII.slash ? index : nil
    }
}
