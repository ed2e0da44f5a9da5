// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads HTTP/1.1 messages from a socket, strictly, and notes how each of them ended.
///
/// It belongs to one thread.
final class MessageReader {
    private let socket: StreamSocket
    private var buffer: UnsafeMutableRawBufferPointer
    private var unread = 0..<0

    init(_ socket: StreamSocket) {
        self.socket = socket
        buffer = .allocate(byteCount: 262_144, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// Bytes that have been received and not yet asked for.
    var leftover: [UInt8] { [UInt8](buffer[unread]) }

    /// Receives more behind what is unread. False at the end of the stream.
    private func fill(until deadline: Deadline) throws -> Bool {
        if unread.isEmpty {
            unread = 0..<0
        } else if unread.upperBound == buffer.count {
            guard unread.lowerBound > 0 else { throw KitError.malformed("a line or head of 256 KiB") }
            memmove(buffer.baseAddress!, buffer.baseAddress! + unread.lowerBound, unread.count)
            unread = 0..<unread.count
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[unread.upperBound...])
        let count = try socket.receive(into: room, until: deadline)
        unread = unread.lowerBound..<unread.upperBound + count
        return count > 0
    }

    /// The bytes up to and including `end`; `nil` when the stream ends before the first of them.
    func read(through end: String, of what: String, until deadline: Deadline) throws -> [UInt8]? {
        let end = Array(end.utf8)
        while true {
            if let count = lengthOfPrefix(endingIn: end) {
                defer { unread = unread.lowerBound + count..<unread.upperBound }
                return [UInt8](buffer[unread.lowerBound..<unread.lowerBound + count])
            }
            if try !fill(until: deadline) {
                if unread.isEmpty { return nil }
                throw KitError.truncated("\(what) after \(unread.count) bytes")
            }
        }
    }

    /// How many unread bytes there are up to and including `end`, whose last byte is LF.
    private func lengthOfPrefix(endingIn end: [UInt8]) -> Int? {
        guard let start = buffer.baseAddress.map({ $0 + unread.lowerBound }) else { return nil }
        var scanned = 0
        while scanned < unread.count, let found = memchr(start + scanned, 10, unread.count - scanned) {
            scanned = found - start + 1
            if scanned >= end.count, memcmp(start + scanned - end.count, end, end.count) == 0 { return scanned }
        }
        return nil
    }

    /// Passes exactly `count` bytes to `body`, in pieces.
    func read(_ count: Int, into body: inout ReceivedBody, until deadline: Deadline) throws {
        var left = count
        while left > 0 {
            if unread.isEmpty, try !fill(until: deadline) {
                throw KitError.truncated("a body, \(left) bytes of a piece of \(count) are missing")
            }
            let piece = unread.prefix(left)
            body.append(UnsafeRawBufferPointer(rebasing: buffer[piece]))
            unread = piece.upperBound..<unread.upperBound
            left -= piece.count
        }
    }

    /// What is there, or what comes next; empty at the end of the stream.
    func readSome(until deadline: Deadline) throws -> [UInt8] {
        if unread.isEmpty, try !fill(until: deadline) { return [] }
        defer { unread = 0..<0 }
        return [UInt8](buffer[unread])
    }

    /// Passes everything to `body` until the stream ends.
    func readToEnd(into body: inout ReceivedBody, until deadline: Deadline) throws {
        repeat {
            body.append(UnsafeRawBufferPointer(rebasing: buffer[unread]))
            unread = 0..<0
        } while try fill(until: deadline)
    }

    /// Reads a chunked body with its trailers (RFC 9112, section 7.1).
    func readChunks(into body: inout ReceivedBody, until deadline: Deadline) throws {
        while true {
            let line = try readLine(of: "a chunk size", until: deadline)
            let digits = line.prefix { $0 != ";" }
            guard digits.count <= 15, let size = Int(digits, radix: 16), !digits.hasPrefix("+"), !digits.hasPrefix("-")
            else { throw KitError.malformed("chunk size \(line)") }
            if size == 0 { break }
            try read(size, into: &body, until: deadline)
            guard try readLine(of: "the end of a chunk", until: deadline).isEmpty else {
                throw KitError.malformed("a chunk is longer than its size")
            }
            body.chunks += 1
        }
        var trailers: [Substring] = []
        while true {
            let line = try readLine(of: "trailers", until: deadline)
            if line.isEmpty { break }
            trailers.append(line)
        }
        body.trailers = try MessageFields(lines: trailers)
    }

    private func readLine(of what: String, until deadline: Deadline) throws -> Substring {
        guard let bytes = try read(through: "\r\n", of: what, until: deadline) else { throw KitError.truncated(what) }
        return Substring(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    /// Reads the body that `framing` promises.
    func readBody(into body: inout ReceivedBody, until deadline: Deadline) throws {
        switch body.framing {
        case .none: break
        case .length(let count): try read(count, into: &body, until: deadline)
        case .chunked: try readChunks(into: &body, until: deadline)
        case .untilClose: try readToEnd(into: &body, until: deadline)
        }
    }

    /// Splits a head into its lines, without the blank one. A bare CR or LF is an error.
    static func lines(of head: [UInt8]) throws -> [Substring] {
        let text = String(decoding: head.dropLast(4), as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard lines.allSatisfy({ !$0.utf8.contains(10) && !$0.utf8.contains(13) }) else {
            throw KitError.malformed("bare CR or LF in a head")
        }
        return lines
    }
}
