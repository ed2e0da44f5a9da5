// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// The header fields of a request, `Name: value` each. There may be none.
    mutating func headerLines(_ field: Field?) -> [String] {
        guard let field else { return [] }
        let example = "headers: [\"X-A: 1\"]"
        guard let items = field.value.sequence else {
            mismatch(field.value, path: field.path, expected: "a list", example: example)
            return []
        }
        return items.enumerated().map { place, item in
            guard let scalar = item.scalar, scalar.style == .singleQuoted else {
                let path = "\(field.path)[\(place)]"
                mismatch(item, path: path, expected: "a text in quotation marks", example: example)
                return ""
            }
            return scalar.string
        }
    }

    /// Notes what could not be sent.
    mutating func report(_ problem: RequestDraft.Problem) {
        let path =
            switch problem.part {
            case .method: "method"
            case .url: "url"
            case .header(let place): "headers[\(place)]"
            }
        report(nil, path, problem.description, hint: "for example \(Section.explainedRequest.example)")
    }
}
