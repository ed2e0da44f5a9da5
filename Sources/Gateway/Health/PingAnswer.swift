// SPDX-License-Identifier: Apache-2.0

/// What has come back to one ping so far. Pure: it is handed lines and bytes.
///
/// A good answer is whole: a backend that sends a head and then hangs is not well. Of a long body 64 KiB are enough to
/// see that it flows; the rest is not downloaded, or pings of a large page would cost more than its visitors.
package struct PingAnswer: Sendable {
    /// How much of a body is waited for.
    package static let bodyLimit = 64 * 1024

    /// The status of the last head that has begun, which is the answer's own once ``isHeadComplete``.
    package private(set) var status: Int?
    /// The blank line after the final head was read. libcurl also reports success when the connection ends before it.
    package private(set) var isHeadComplete = false
    /// The next line is the first of a head.
    private var isAtStart = true
    private var bodyBytes = 0
    private var search: ByteSearch?

    /// `expectBody`: what the body must hold somewhere in its first ``bodyLimit`` bytes.
    package init(expectBody: [UInt8]? = nil) {
        search = expectBody.map { ByteSearch(for: $0) }
    }

    /// The body holds what it must.
    package var isBodyGood: Bool { search?.isFound ?? true }

    /// Forgets what came back to the ping before.
    package mutating func reset() {
        status = nil
        isHeadComplete = false
        isAtStart = true
        bodyBytes = 0
        search?.reset()
    }

    /// Whether so much of the body has come that the rest does not matter.
    package var isEnough: Bool { bodyBytes >= Self.bodyLimit }

    /// Takes one line of a head, or of the trailers, with its line ending. It is not empty.
    package mutating func receive(line: Span<UInt8>) {
        // What follows the final head are trailers.
        if isHeadComplete { return }
        if isAtStart {
            status = Self.status(inLine: line)
            isAtStart = false
        } else if line[0] == UInt8(ascii: "\n") || line[0] == UInt8(ascii: "\r") {
            // RFC 9110 §15.2: a 1xx response is interim, and another head follows it. Only 101 is final.
            isAtStart = true
            if let status, status >= 200 || status == 101 { isHeadComplete = true }
        }
    }

    /// Takes some of the body, which nobody keeps.
    package mutating func receive(body bytes: Span<UInt8>) {
        search?.receive(bytes, limit: max(0, Self.bodyLimit - bodyBytes))
        bodyBytes += bytes.count
    }

    /// `HTTP/1.1 200 OK`: the three digits; `nil` for any other line.
    private static func status(inLine line: Span<UInt8>) -> Int? {
        // "HTTP/", whose letters libcurl has found before it called this a head, then the version, then a space.
        guard line.count > 5, line[0] == UInt8(ascii: "H"), line[4] == UInt8(ascii: "/") else { return nil }
        guard let space = line.indices.first(where: { line[$0] == UInt8(ascii: " ") }) else { return nil }
        guard line.count > space + 3 else { return nil }
        var status = 0
        for index in (space + 1)...(space + 3) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[index]) else { return nil }
            status = status * 10 + Int(line[index] - UInt8(ascii: "0"))
        }
        return status
    }
}
