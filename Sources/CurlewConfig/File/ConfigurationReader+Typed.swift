// SPDX-License-Identifier: Apache-2.0

import Yams

/// Values that are read as the table of settings declares them.
extension ConfigurationReader {
    mutating func assign(_ target: inout Int, _ field: Field?) {
        guard let field, let key = field.declared else { return }
        assign(&target, field, key.kind.integers(example: key.example))
    }

    mutating func assign(_ target: inout Int?, _ field: Field?) {
        guard let field, let key = field.declared else { return }
        let parser = key.kind.integers(example: key.example)
        assign(&target, field, key.kind.mayBeOff ? parser.orUnlimited() : parser.optional)
    }

    mutating func assign(_ target: inout Duration, _ field: Field?) {
        guard let field, let key = field.declared else { return }
        assign(&target, field, key.kind.durations)
    }

    mutating func assign(_ target: inout Duration?, _ field: Field?) {
        guard let field, let key = field.declared else { return }
        assign(&target, field, key.kind.mayBeOff ? key.kind.durations.orUnlimited() : key.kind.durations.optional)
    }

    mutating func assign(_ target: inout Bool, _ field: Field?) {
        assign(&target, field, .boolean)
    }

    mutating func assign<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ target: inout Choice,
        _ field: Field?
    ) where Choice.RawValue == String {
        assign(&target, field, .choice(example: target))
    }

    /// The items of a list, or the one value in place of it.
    mutating func oneOrMore(_ field: Field, mayBeEmpty: Bool = false) -> [Node] {
        guard let sequence = field.value.sequence, !isForeign(field.value) else { return [field.value] }
        if mayBeEmpty { return Array(sequence) }
        return items(of: field, example: "\(field.key): \(field.declared?.example ?? "[]")") ?? []
    }
}

extension Kind {
    fileprivate var mayBeOff: Bool {
        if case .orOff = self { true } else { false }
    }
}

extension ValueParser {
    /// The same, for a setting that has no default.
    var optional: ValueParser<Value?> {
        ValueParser<Value?>(expected, example: example) { [self] text throws(ValueError) in try parse(text) }
    }
}
