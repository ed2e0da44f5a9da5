// SPDX-License-Identifier: Apache-2.0

import Yams

extension Kind {
    /// Whether JSON may write such a value like this. YAML leaves open what type a scalar is of; JSON does not, and whoever
    /// sends `"3"` where a number belongs is told so.
    func takes(json scalar: Node.Scalar) -> Bool {
        let isText = scalar.style == .singleQuoted
        let isTruth = !isText && (scalar.string == "true" || scalar.string == "false")
        let isNumber = !isText && !isTruth && scalar.string != "null"
        return switch self {
        case .count, .factor: isNumber
        case .size, .ratio, .percent, .delay: isNumber || isText
        case .duration, .choice, .text: isText
        case .boolean: isTruth
        case .orOff(let kind): kind.takes(json: scalar) || Self.offWords.contains(scalar.string)
        case .either(let kinds): kinds.contains { $0.takes(json: scalar) }
        case .section, .list, .map: false
        }
    }

    /// What JSON has for it, as messages say it.
    var jsonName: String {
        switch self {
        case .count, .factor: "a number"
        case .size, .ratio, .percent, .delay: "a number or a text in quotation marks"
        case .boolean: "true or false"
        case .orOff(let kind): kind.jsonName
        default: "a text in quotation marks"
        }
    }
}
