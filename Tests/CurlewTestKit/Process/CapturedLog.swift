// SPDX-License-Identifier: Apache-2.0

/// The lines that a process has written, as they come.
package final class CapturedLog: Sendable {
    private struct Text {
        var lines: [String] = []
        var partial: [UInt8] = []
        var isEnded = false
    }

    private let text = Monitor(Text())
    /// Closed by a test that wants the process to meet a reader that stalls.
    package let reading = Gate(open: true)

    /// Takes what was read from the pipe.
    func append(_ bytes: some Sequence<UInt8>) {
        text.change { text in
            for byte in bytes {
                if byte == UInt8(ascii: "\n") {
                    text.lines.append(String(decoding: text.partial, as: UTF8.self))
                    text.partial.removeAll(keepingCapacity: true)
                } else {
                    text.partial.append(byte)
                }
            }
        }
    }

    /// The process has closed its end of the pipe.
    func finish() {
        text.change { text in
            if !text.partial.isEmpty { text.lines.append(String(decoding: text.partial, as: UTF8.self)) }
            text.partial = []
            text.isEnded = true
        }
    }

    /// The complete lines so far.
    package var lines: [String] { text.read { $0.lines } }

    /// The lines so far that are JSON records.
    package var records: [JSONValue] { lines.compactMap { try? JSONValue($0) } }

    /// How many complete lines there are so far.
    package var count: Int { text.read { $0.lines.count } }

    /// Waits until `count` lines after the first `skipped` satisfy `matches`, and returns those there are.
    @discardableResult
    package func wait(
        for what: String,
        count: Int = 1,
        after skipped: Int = 0,
        until deadline: Deadline = .usual,
        _ matches: (String) -> Bool
    ) throws -> [String] {
        var seen = skipped
        var found: [String] = []
        do {
            return try text.wait(for: what, until: deadline) { text in
                found += text.lines[seen...].filter(matches)
                seen = text.lines.count
                if found.count >= count { return found }
                if text.isEnded { throw KitError.process("the output ended without \(what)") }
                return nil
            }
        } catch {
            throw KitError.process("\(error); the output was:\n\(lines.suffix(40).joined(separator: "\n"))")
        }
    }

    /// Waits until a line is exactly `line`.
    package func wait(forLine line: String, count: Int = 1, until deadline: Deadline = .usual) throws {
        try wait(for: "the line \"\(line)\"", count: count, until: deadline) { $0 == line }
    }

    /// Waits until a line begins with `prefix`, and returns the first such.
    package func wait(forPrefix prefix: String, until deadline: Deadline = .usual) throws -> String {
        try wait(for: "a line that begins with \"\(prefix)\"", until: deadline) { $0.hasPrefix(prefix) }[0]
    }

    /// Waits until `count` JSON records have this category, and returns those there are.
    package func waitForRecords(_ category: String, count: Int = 1) throws -> [JSONValue] {
        try wait(for: "\(count) \(category) records", count: count) { line in
            (try? JSONValue(line))?["category"]?.string == category
        }.map { try JSONValue($0) }
    }

    /// Waits until the process has closed its output.
    package func waitForEnd(until deadline: Deadline = .usual) throws {
        try text.wait(for: "the end of the output", until: deadline, holds: { $0.isEnded })
    }
}
