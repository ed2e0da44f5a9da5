// SPDX-License-Identifier: Apache-2.0

/// What a configuration must keep to so that its routes can be used.
package enum RouteRules {
    /// Why no request could have this path, or begin with it; `nil` if one could.
    package static func problem(withPath path: String) -> String? {
        let bytes = Array(path.utf8)
        var reader = PathReader()
        switch reader.read(bytes.span) {
        case .plain, .escaped: return nil
        case .ambiguous: return PathProblem.ambiguous.reason
        case .refused(let problem): return problem.reason
        }
    }

    /// The one spelling of all that mean this path: what need not be escaped is not, and what has to be is so in capitals. Two
    /// paths that ``problem(withPath:)`` has nothing against are met by the same requests if, and only if, this is the same.
    package static func normalized(_ path: String) -> String {
        let bytes = Array(path.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count, let character = PathReader.Character(bytes.span, at: index) {
            let isPlain = (0x21...0x7E).contains(character.byte) && !"%/?#*;\\".utf8.contains(character.byte)
            if !character.isEscaped || isPlain {
                result.append(character.byte)
            } else {
                result += [UInt8(ascii: "%"), character.highDigit, character.lowDigit]
            }
            index += character.length
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Why a route may not change this header field; `nil` if it may.
    package static func problem(withField name: String) -> String? {
        HeaderEditor.problem(with: name)
    }
}
