// SPDX-License-Identifier: Apache-2.0

/// The header or trailer fields of a message, in order and with their bytes unchanged.
package struct MessageFields: Sendable, CustomStringConvertible {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package var list: [Field] = []

    package init() {}

    /// Reads the lines between a start line and the blank line. Strict: what the gateway sends must be flawless.
    init(lines: some Sequence<Substring>) throws {
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw KitError.malformed("field line without a name: \(line)")
            }
            let name = line[..<colon]
            guard name.utf8.allSatisfy(MessageFields.isTokenByte) else {
                throw KitError.malformed("field name is not a token: \(line)")
            }
            let value = line[line.index(after: colon)...]
            guard !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                throw KitError.malformed("control byte in the value of \(name)")
            }
            let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
            let trimmed = value.drop(while: blank).reversed().drop(while: blank).reversed()
            list.append(Field(name: String(name), value: String(trimmed)))
        }
    }

    /// The values of every field called `name`, in order; case does not matter.
    package subscript(all name: String) -> [String] {
        list.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The value of the only field called `name`; `nil` when there is none or more than one.
    package subscript(name: String) -> String? {
        let values = self[all: name]
        return values.count == 1 ? values[0] : nil
    }

    /// Whether there is a field called `name`.
    package func contains(_ name: String) -> Bool { !self[all: name].isEmpty }

    /// Whether the comma-separated list in the fields called `name` has `element`; case does not matter.
    package func lists(_ element: String, in name: String) -> Bool {
        self[all: name].joined(separator: ",").split(separator: ",").contains { item in
            item.filter { $0 != " " && $0 != "\t" }.lowercased() == element.lowercased()
        }
    }

    package var description: String { list.map { "\($0.name): \($0.value)" }.joined(separator: "\n") }

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
