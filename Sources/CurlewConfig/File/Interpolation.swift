// SPDX-License-Identifier: Apache-2.0

/// Puts variables of the environment into the text of a value: `${NAME}`, or `${NAME:-default}` where it may be unset or
/// empty; `$${` is a `${` that is meant so.
///
/// It is done value by value, after YAML has found where each ends, so a variable can never bring more than one value.
enum Interpolation {
    /// Why a text has no value, and at the how-manieth `${` of it, from 0.
    struct Failure: Error {
        let occurrence: Int
        let error: ValueError
    }

    /// Whether ``expand(_:_:)`` would put one in.
    static func hasVariables(_ text: String) -> Bool {
        text.replacing("$${", with: "").contains("${")
    }

    static func expand(_ text: String, _ environment: [String: String]) throws(Failure) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        var occurrence = 0
        while let open = rest.firstRange(of: "${") {
            let before = rest[..<open.lowerBound]
            result += before
            rest = rest[open.upperBound...]
            if before.last == "$" {
                result += "{"
            } else {
                do throws(ValueError) {
                    result += try value(&rest, environment)
                } catch {
                    throw Failure(occurrence: occurrence, error: error)
                }
            }
            occurrence += 1
        }
        return result + rest
    }

    /// The value of the variable whose name `rest` begins with; leaves what follows the closing brace.
    private static func value(
        _ rest: inout Substring,
        _ environment: [String: String]
    ) throws(ValueError) -> String {
        let literal = "a ${ that is meant so is written $${"
        guard let close = rest.firstIndex(of: "}") else {
            throw ValueError("a ${ is not closed", hint: "write ${NAME} or ${NAME:-default}; \(literal)")
        }
        let inside = rest[..<close]
        rest = rest[rest.index(after: close)...]
        let separator = inside.firstRange(of: ":-")
        let name = String(separator.map { inside[..<$0.lowerBound] } ?? inside)
        guard isName(name) else {
            throw ValueError(
                "\(name.quoted) is not the name of a variable",
                hint: "write ${NAME} or ${NAME:-default}, with letters, digits and underscores in the name; \(literal)"
            )
        }
        let found = environment[name]
        if let separator, found?.isEmpty ?? true { return String(inside[separator.upperBound...]) }
        guard let found else {
            throw ValueError(
                "the variable \(name) is not set",
                hint: "set it in the environment of curlew, or write ${\(name):-default}"
            )
        }
        return found
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}
