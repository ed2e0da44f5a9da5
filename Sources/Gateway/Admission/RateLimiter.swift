// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// One limit of the configuration: whose requests it counts together, and what it tells them.
final class RateLimiter: Sendable {
    /// What a client has left.
    struct Quota: Sendable {
        var isExceeded: Bool
        /// Requests that may come at once.
        var remaining: UInt64
        /// Whole seconds, rounded up and at least 1: until one may come where none may now, or else until as many may come as ever.
        var seconds: UInt64
    }

    let configuration: RateLimitConfiguration
    /// What the log and clients call it: visible ASCII.
    let name: String
    /// The same for the log's records.
    let nameBytes: [UInt8]
    let isDryRun: Bool
    /// `100 requests per 1s`, for the log.
    let description: String
    private let key: RateLimitConfiguration.Key
    /// In small letters; empty unless ``key`` is a header field.
    private let fieldName: [UInt8]
    private let table: RateTable
    /// What limits of this name have decided before this one.
    private let earlier: RateTable.Counts
    private let hash = SipHash.random()
    /// This limit in `RateLimit-Policy`.
    private let policy: [UInt8]
    /// This limit in `RateLimit`, as far as `;r=`.
    private let item: [UInt8]

    /// - Parameters:
    ///   - configuration: The limit.
    ///   - name: Told to clients and to the log.
    ///   - capacity: Of the table; see ``RateTable``.
    ///   - earlier: What it goes on counting from.
    init(
        _ configuration: RateLimitConfiguration,
        name: String,
        capacity: Int = 65_536,
        earlier: RateTable.Counts = RateTable.Counts()
    ) {
        let period = configuration.period.wholeNanoseconds
        self.earlier = earlier
        self.configuration = configuration
        self.name = name
        nameBytes = Array(name.utf8)
        isDryRun = configuration.isDryRun
        description = "\(configuration.requests) requests per \(configuration.period.text)"
        key = configuration.key
        fieldName = if case .header(let name) = configuration.key { name.utf8.map(ASCII.lowercased) } else { [] }
        table = RateTable(
            GCRA(requests: configuration.requests, period: period, burst: configuration.burst),
            capacity: capacity
        )
        let quoted = RateLimiter.quoted(name)
        let (quota, window) = RateLimiter.wholeSeconds(requests: configuration.requests, period: period)
        policy = Array("\(quoted);q=\(quota);w=\(window)".utf8)
        item = Array("\(quoted);r=".utf8)
    }

    /// `previous`, with what it has counted, if it is the same limit; else a new one.
    static func of(_ configuration: RateLimitConfiguration, name: String, after previous: RateLimiter?) -> RateLimiter {
        if let previous, previous.configuration == configuration, previous.name == name { return previous }
        let earlier = previous?.name == name ? previous?.counts : nil
        return RateLimiter(configuration, name: name, earlier: earlier ?? RateTable.Counts())
    }

    /// How many requests it has decided on, and how many of them were too many, also under an earlier configuration.
    var counts: RateTable.Counts { earlier + table.counts }

    /// Counts one request at `now`, in nanoseconds.
    func take(_ request: RequestHead, in input: ByteBuffer, of client: IPAddress, at now: UInt64) -> Quota {
        quota(table.take(tableKey(of: request, in: input, of: client), at: now))
    }

    /// What ``take(_:in:of:at:)`` would say, without counting the request.
    func foresee(_ request: RequestHead, in input: ByteBuffer, of client: IPAddress, at now: UInt64) -> Quota {
        quota(table.foresee(tableKey(of: request, in: input, of: client), at: now))
    }

    private func quota(_ decision: GCRA.Decision) -> Quota {
        let seconds = decision.wait / 1_000_000_000 + (decision.wait % 1_000_000_000 > 0 ? 1 : 0)
        return Quota(isExceeded: !decision.isAllowed, remaining: decision.remaining, seconds: max(1, seconds))
    }

    private func tableKey(of request: RequestHead, in input: ByteBuffer, of client: IPAddress) -> UInt64 {
        var hash = hash
        switch key {
        case .all: break
        case .clientAddress:
            let client = client.client
            hash.append(word: client.high)
            hash.append(word: client.low)
        case .header:
            forEachKeyValue(of: request, in: input) { value in
                hash.append(value)
                // No value holds one, so several fields are not mistaken for one.
                hash.append(0 as UInt8)
            }
        }
        return hash.finish().low
    }

    /// Calls `body` with the value of each field that requests are counted by.
    func forEachKeyValue(of request: RequestHead, in input: ByteBuffer, _ body: (Span<UInt8>) -> Void) {
        for field in request.fields where field.name.count == fieldName.count && request.counts(field) {
            input.withBytes(0..<request.length) { bytes in
                guard ASCII.equals(bytes, field.name, ignoringCase: fieldName) else { return }
                body(bytes.extracting(field.value))
            }
        }
    }

    // MARK: What clients are told (draft-ietf-httpapi-ratelimit-headers-10)

    /// Writes the item of `RateLimit-Policy`: name, quota and window.
    func writePolicy(to output: ByteBuffer) {
        output.append(policy)
    }

    /// Writes the item of `RateLimit`: name, what remains, and in how many seconds there is more.
    func write(_ quota: Quota, to output: ByteBuffer) {
        output.append(item)
        // RFC 9651 §3.3.1: an integer has at most 15 digits.
        output.append(decimal: Int(min(quota.remaining, 999_999_999_999_999)))
        output.append(";t=")
        output.append(decimal: Int(min(quota.seconds, 999_999_999_999_999)))
    }

    /// A string of a structured field (RFC 9651 §3.3.3).
    private static func quoted(_ name: String) -> String {
        let characters = name.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case " "..."~": "\(scalar)"
            default: "?"
            }
        }
        return "\"\(characters.joined())\""
    }

    /// The limit with a window of whole seconds, which is all that the field can say: 10 in 250 ms are 40 in 1 s.
    private static func wholeSeconds(requests: Int, period: UInt64) -> (quota: UInt64, window: UInt64) {
        let second: UInt64 = 1_000_000_000
        let window = max(1, period / second + (period % second > 0 ? 1 : 0))
        guard period > 0, period % second > 0 else { return (UInt64(max(0, requests)), window) }
        let (high, low) = UInt64(max(0, requests)).multipliedFullWidth(by: window &* second)
        return (high < period ? period.dividingFullWidth((high, low)).quotient : .max, window)
    }
}
