// SPDX-License-Identifier: Apache-2.0

/// Finds a ``KnownHeader`` by name: candidates are grouped by length, and the first letter decides nearly always.
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
    /// The candidates of length `n` are those from `firstOfLength[n]` up to `firstOfLength[n + 1]`.
    private let firstOfLength: [Int]
    /// For each length the first letters that occur, a bit for each: `a` is bit 1.
    private let firstLetters: [UInt32]
    /// Where in the text ``KnownHeader/familyPrefix`` stands, and its length.
    private let prefixStart: Int
    private let prefixLength: Int

    private init() {
        let longest = KnownHeader.allCases.map { $0.name.utf8.count }.max() ?? 0
        var text: [UInt8] = []
        var candidates: [Candidate] = []
        var firstOfLength = [0]
        var firstLetters: [UInt32] = []
        for length in 0...longest {
            var letters: UInt32 = 0
            for header in KnownHeader.allCases where length > 0 && header.name.utf8.count == length {
                candidates.append(Candidate(header: header, textStart: text.count))
                text.append(contentsOf: header.name.utf8.map(ASCII.lowercased))
                letters |= 1 << UInt32(text[text.count - length] & 0x1F)
            }
            firstOfLength.append(candidates.count)
            firstLetters.append(letters)
        }
        prefixStart = text.count
        text.append(contentsOf: KnownHeader.familyPrefix.utf8.map(ASCII.lowercased))
        prefixLength = text.count - prefixStart
        self.text = text
        self.candidates = candidates
        self.firstOfLength = firstOfLength
        self.firstLetters = firstLetters
    }

    /// The header that the token in `range` names, in whatever case, or ``KnownHeader/mimic``.
    func find(_ bytes: Span<UInt8>, _ range: Range<Int>) -> KnownHeader {
        let length = range.count
        guard length > 0 else { return .other }
        let letter = bytes[range.lowerBound] & 0x1F
        guard length < firstLetters.count, firstLetters[length] & (1 &<< UInt32(letter)) != 0 else {
            return family(bytes, range)
        }
        for index in firstOfLength[length]..<firstOfLength[length + 1] {
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

    /// Setting bit 5 makes a letter small and leaves `-` and digits alone; among token characters nothing else becomes
    /// one of these by it, so the comparison is exact.
    @inline(__always)
    private func match(_ bytes: Span<UInt8>, _ range: Range<Int>, textStart: Int) -> Match {
        let token = bytes.extracting(range)
        let name = text.span.extracting(textStart..<textStart + range.count)
        var difference: UInt8 = 0
        for index in 0..<min(token.count, name.count) { difference |= (token[index] | 0x20) ^ name[index] }
        return difference == 0 ? .exact : isMimic(token, of: name) ? .mimic : .none
    }

    /// Where the name has a hyphen, any byte that is neither letter nor digit makes the token a mimic of it.
    private func isMimic(_ token: Span<UInt8>, of name: Span<UInt8>) -> Bool {
        for index in token.indices where token[index] | 0x20 != name[index] {
            guard name[index] == UInt8(ascii: "-"), !ASCII.isAlphanumeric(token[index]) else { return false }
        }
        return true
    }
}
