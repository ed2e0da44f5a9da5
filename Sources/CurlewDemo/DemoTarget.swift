// SPDX-License-Identifier: Apache-2.0

/// What the path of a request asks of a test backend.
enum DemoTarget: Equatable {
    /// Any path that is none of the others.
    case hello
    /// `/echo`: the request as it arrived.
    case echo
    /// `/status/503`: that status.
    case status(Int)
    /// `/delay/500ms`: the usual answer, that much later.
    case delay(Duration)
    /// `/bytes/1048576`: that many bytes.
    case bytes(UInt64)
    /// One of the above with a value that it cannot have; says which it can.
    case mistake(String)

    init(path: String) {
        let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        // A path begins with a slash, so the first part is empty.
        guard parts.count >= 2, parts[0].isEmpty else {
            self = .hello
            return
        }
        switch (parts[1], parts.count == 3 ? parts[2] : nil) {
        case ("echo", nil): self = .echo
        case ("status", let value?): self = DemoTarget.status(value)
        case ("delay", let value?): self = DemoTarget.delay(value)
        case ("bytes", let value?): self = DemoTarget.bytes(value)
        default: self = .hello
        }
    }

    private static func status(_ text: Substring) -> DemoTarget {
        // 1xx is not a final response: the client would go on waiting for one.
        guard let status = number(text), (200...599).contains(status) else {
            return .mistake("/status/CODE takes a code from 200 to 599")
        }
        return .status(Int(status))
    }

    private static func delay(_ text: Substring) -> DemoTarget {
        let mistake = DemoTarget.mistake("/delay/TIME takes a time up to 1h such as 500ms, 2s or 1m")
        let digits = text.prefix(while: \.isNumber)
        guard let count = number(digits), count <= 3_600_000 else { return mistake }
        let delay: Duration
        switch text[digits.endIndex...] {
        case "ms": delay = .milliseconds(count)
        case "s": delay = .seconds(count)
        case "m": delay = .seconds(60 * count)
        case "h": delay = .seconds(3600 * count)
        default: return mistake
        }
        return delay <= .seconds(3600) ? .delay(delay) : mistake
    }

    private static func bytes(_ text: Substring) -> DemoTarget {
        guard let count = number(text) else {
            return .mistake("/bytes/COUNT takes a number of bytes such as 1048576")
        }
        return .bytes(UInt64(count))
    }

    /// Digits alone, and no more than fit.
    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
