// SPDX-License-Identifier: Apache-2.0

/// The header fields of one request and its response that its RESPONSE record shows: gathered just before the record is
/// built, in memory that the next one uses again.
struct NotedFields: Sendable {
    /// One name, and the value found for it.
    struct Entry: Sendable {
        /// In small letters.
        let name: [UInt8]
        let isHidden: Bool
        fileprivate(set) var value: [UInt8] = []
        fileprivate(set) var isThere = false
    }

    private(set) var request: [Entry]
    private(set) var response: [Entry]
    /// Who says to be asking, where the format has a place for it.
    private(set) var user: [UInt8] = []
    let wantsUser: Bool
    private var redaction: Redaction
    /// Of one value, and of all together, in bytes.
    private static let limit = 1024
    private static let roomForAll = 8192
    private var room = NotedFields.roomForAll
    private static let hidden = Array("***".utf8)
    private static let referer = Array("referer".utf8)

    init(_ configuration: LogConfiguration) {
        redaction = Redaction(configuration.redaction.query)
        let secrets = LogRedaction.credentials + configuration.redaction.headers.map { $0.lowercased() }
        func entries(_ names: [String]) -> [Entry] {
            names.map { $0.lowercased() }.map { Entry(name: Array($0.utf8), isHidden: secrets.contains($0)) }
        }
        wantsUser = configuration.format == .common || configuration.format == .combined
        switch configuration.format {
        case .common: (request, response) = ([], [])
        case .combined: (request, response) = (entries(["referer", "user-agent"]), [])
        default: (request, response) = (entries(configuration.headers), entries(configuration.responseHeaders))
        }
    }

    /// Nobody need look at the fields.
    var isEmpty: Bool { request.isEmpty && response.isEmpty && !wantsUser }

    mutating func removeAll() {
        for index in request.indices { request[index].isThere = false }
        for index in response.indices { response[index].isThere = false }
        user.removeAll(keepingCapacity: true)
        room = NotedFields.roomForAll
    }

    mutating func noteRequest(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        NotedFields.note(name, value, in: &request, &redaction, &room)
    }

    mutating func noteResponse(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        NotedFields.note(name, value, in: &response, &redaction, &room)
    }

    mutating func note(user name: String) { user = Array(name.utf8) }

    private static func note(
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        in entries: inout [Entry],
        _ redaction: inout Redaction,
        _ room: inout Int
    ) {
        for index in entries.indices where NotedFields.equals(name, entries[index].name) {
            if !entries[index].isThere {
                entries[index].isThere = true
                entries[index].value.removeAll(keepingCapacity: true)
            } else if entries[index].isHidden {
                return
            } else {
                // RFC 9110 §5.3: several lines of one name are one list.
                entries[index].value += [UInt8(ascii: ","), UInt8(ascii: " ")]
            }
            let before = entries[index].value.count
            if entries[index].isHidden {
                entries[index].value += NotedFields.hidden
            } else if redaction.isNeeded, entries[index].name == NotedFields.referer {
                redaction.apply(value)
                entries[index].value += redaction.result
            } else {
                for place in 0..<min(value.count, NotedFields.limit + 4) { entries[index].value.append(value[place]) }
            }
            let excess = entries[index].value.count - before - room
            if excess > 0 { entries[index].value.removeLast(excess) }
            room -= entries[index].value.count - before
        }
    }

    private static func equals(_ bytes: Span<UInt8>, _ name: [UInt8]) -> Bool {
        guard bytes.count == name.count else { return false }
        for index in bytes.indices {
            let byte = bytes[index]
            let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            guard (isCapital ? byte | 0x20 : byte) == name[index] else { return false }
        }
        return true
    }
}
