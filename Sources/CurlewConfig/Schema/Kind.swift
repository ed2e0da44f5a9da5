// SPDX-License-Identifier: Apache-2.0

/// What a setting's value looks like: what the reader parses it by, and what the schema and the reference say of it.
indirect enum Kind: Sendable {
    /// A whole number within a range.
    case count(ClosedRange<Int>)
    /// Bytes: `65536`, `64KiB`.
    case size(ClosedRange<Int>)
    /// A part of something else, in per cent: `20%` or `0.2`.
    case ratio(ClosedRange<Int>)
    /// A share in a key that says per cent by its name: `90`, `90%` or `0.1%`.
    case percent
    /// A decimal number within a range.
    case factor(ClosedRange<Double>)
    /// A length of time: `250ms`, `5s`.
    case duration
    /// The same, but it may be `0`.
    case delay
    case boolean
    case choice([String])
    /// Any other text; the pattern is that of the schema, and no stricter than the reader.
    case text(String, pattern: String = "")
    /// The same, or `off` or `unlimited` for none.
    case orOff(Kind)
    case section(Section)
    /// At least one item, unless it says otherwise.
    case list(Kind, mayBeEmpty: Bool = false)
    /// Names that the file chooses, and their values.
    case map(Kind)
    case either([Kind])

    /// The words for no limit. `false` is what JSON has for the `off` of YAML.
    static let offWords = ["off", "unlimited", "false"]
}

extension Kind {
    /// The section within, whether it stands alone, in a list or among other forms.
    var sections: [Section] {
        switch self {
        case .section(let section): [section]
        case .list(let kind, _), .map(let kind), .orOff(let kind): kind.sections
        case .either(let kinds): kinds.flatMap(\.sections)
        default: []
        }
    }

    /// What reads a number of this kind.
    func integers(example: String) -> ValueParser<Int> {
        switch self {
        case .count(let range): .count(range, example: Int(example) ?? range.lowerBound)
        case .size(let range): .size(range, example: example)
        case .ratio(let range): .ratio(range, example: example)
        case .orOff(let kind): kind.integers(example: example)
        default: preconditionFailure("a setting that is no number is read as one")
        }
    }

    /// What reads a length of time of this kind.
    var durations: ValueParser<Duration> {
        switch self {
        case .duration: .duration
        case .delay: .duration(zeroAllowed: true)
        case .orOff(let kind): kind.durations
        default: preconditionFailure("a setting that is no length of time is read as one")
        }
    }
}
