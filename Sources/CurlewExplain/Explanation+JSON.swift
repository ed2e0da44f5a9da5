// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Gateway

extension Explanation {
    /// JSON, indented, with the members of each object in alphabetical order. The page Explain says what they mean.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .custom { MemberName($0[$0.count - 1].stringValue) }
        // Texts, numbers and lists of them can always be written.
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// A name as JSON has it: `isTrustedProxy` is `trusted_proxy` there.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) {
        let isQuestion = name.hasPrefix("is") && name.dropFirst(2).first?.isUppercase == true
        var text = ""
        for character in isQuestion ? name.dropFirst(2) : name[...] {
            if character.isUppercase, !text.isEmpty { text += "_" }
            text += character.lowercased()
        }
        stringValue = text
    }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
