// SPDX-License-Identifier: Apache-2.0

/// Finds a ``KnownHeader`` by name: candidates are grouped by length and first letter, and nearly always there is one at most.
struct KnownHeaderTable {
    /// Built once from the names; parsers hold a copy, so that no lookup goes through a lazy global.
    static let shared = KnownHeaderTable()

    private struct Candidate {
        var header: KnownHeader
        var textStart: Int
    }

    /// The names in small letters, one after another, shortest first.
    private let text: [UInt8]
    private let candidates: [Candidate]
    /// The candidates of a length and a first letter are those from `firstOfGroup[group]` up to `firstOfGroup[group + 1]`.
    private let firstOfGroup: [Int]
    /// Bytes of the longest name.
    private let longest: Int
    /// Where in the text ``KnownHeader/familyPrefix`` stands, and its length.
    private let prefixStart: Int
    private let prefixLength: Int

    private init() {
        let longest = KnownHeader.allCases.map { $0.name.utf8.count }.max() ?? 0
        var text: [UInt8] = []
        var candidates: [Candidate] = []
        var firstOfGroup = [0]
        let groups = KnownHeader.allCases.map(KnownHeaderTable.group)
        for group in 0..<(longest + 1) * KnownHeaderTable.letters {
            for (header, own) in zip(KnownHeader.allCases, groups) where own == group {
                candidates.append(Candidate(header: header, textStart: text.count))
                text.append(contentsOf: header.name.utf8.map(ASCII.lowercased))
            }
            firstOfGroup.append(candidates.count)
        }
        prefixStart = text.count
        text.append(contentsOf: KnownHeader.familyPrefix.utf8.map(ASCII.lowercased))
        prefixLength = text.count - prefixStart
        self.text = text
        self.candidates = candidates
        self.firstOfGroup = firstOfGroup
        self.longest = longest
    }

    /// Letters of either case by their last five bits.
    private static let letters = 32

    @inline(__always)
    private static func group(length: Int, first: UInt8) -> Int { length &* letters &+ Int(first & 0x1F) }

    private static func group(of header: KnownHeader) -> Int? {
        header.name.utf8.first.map { group(length: header.name.utf8.count, first: $0) }
    }

    /// The header that the token in `range` names, in whatever case, or ``KnownHeader/mimic``.
    func find(_ bytes: Span<UInt8>, _ range: Range<Int>) -> KnownHeader {
        let length = range.count
        guard length > 0 else { return .other }
        guard length <= longest else { return family(bytes, range) }
        let group = KnownHeaderTable.group(length: length, first: bytes[range.lowerBound])
        for index in firstOfGroup[group]..<firstOfGroup[group &+ 1] {
            let candidate = candidates[index]
            switch match(bytes, range, textStart: candidate.textStart) {
            case .exact: return candidate.header
            case .mimic where candidate.header.isGuarded: return .mimic
            case .mimic, .none: break
            }
        }
        return family(bytes, range)
    }

    /// What a name is that is none of those in the table. Length and first letter decide nearly always.
    @inline(__always)
    private func family(_ bytes: Span<UInt8>, _ range: Range<Int>) -> KnownHeader {
        guard range.count >= prefixLength, bytes[range.lowerBound] | 0x20 == UInt8(ascii: "x") else { return .other }
        let start = range.lowerBound..<range.lowerBound + prefixLength
        return switch match(bytes, start, textStart: prefixStart) {
        case .exact: .xForwarded
        case .mimic: .mimic
        case .none: .other
        }
    }

    private enum Match {
        case none, exact, mimic
    }

    @inline(__always)
    private func match(_ bytes: Span<UInt8>, _ range: Range<Int>, textStart: Int) -> Match {
        let token = bytes.extracting(range)
        let name = text.span.extracting(textStart..<textStart &+ range.count)
        return ASCII.spells(token, name) ? .exact : isMimic(token, of: name) ? .mimic : .none
    }

    /// Where the name has a hyphen, any byte that is neither letter nor digit makes the token a mimic of it.
    private func isMimic(_ token: Span<UInt8>, of name: Span<UInt8>) -> Bool {
        for index in token.indices where token[index] | 0x20 != name[index] {
            guard name[index] == UInt8(ascii: "-"), !ASCII.isAlphanumeric(token[index]) else { return false }
        }
        return true
    }
}
