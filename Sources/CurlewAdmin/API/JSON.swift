// SPDX-License-Identifier: Apache-2.0

/// A JSON text in the making. Members keep their order.
enum JSON: Sendable {
    case object([(String, JSON)])
    case array([JSON])
    case string(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case null

    static func count(_ number: UInt64) -> JSON { .integer(Int64(clamping: number)) }
    static func count(_ number: Int) -> JSON { .integer(Int64(number)) }
    static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    /// The text.
    var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSON.write(member.0, to: &output)
                output.append(UInt8(ascii: ":"))
                member.1.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        case .array(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                item.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .string(let text): JSON.write(text, to: &output)
        case .integer(let number): output += "\(number)".utf8
        // JSON has no word for the others.
        case .number(let number): output += (number.isFinite ? "\(number)" : "null").utf8
        case .boolean(let value): output += (value ? "true" : "false").utf8
        case .null: output += "null".utf8
        }
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and control characters are escaped.
    private static func write(_ text: String, to output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0..<0x20, 0x7F:
                output += "\\u00".utf8
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
