// SPDX-License-Identifier: Apache-2.0

/// What may stand in header fields.
extension ValueParser where Value == String {
    /// The name of a header field (RFC 9110 §5.1).
    static var headerName: Self { token("the name of a header field", example: "X-User") }

    /// The name of a cookie (RFC 6265 §4.1.1).
    static var cookieName: Self { token("the name of a cookie", example: "curlew") }

    private static func token(_ expected: String, example: String) -> Self {
        ValueParser(expected, example: example) { text throws(ValueError) in
            guard isToken(text) else {
                throw ValueError(
                    "\(text.quoted) cannot be \(expected)",
                    hint: "use letters, digits, hyphens and underscores, for example \(example)"
                )
            }
            return text
        }
    }

    /// RFC 9110 §5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// The value of a header field (RFC 9110 §5.5): no control characters, so that it cannot become two fields. The messages do
    /// not repeat it: it may be a secret, of the environment.
    static var headerValue: Self {
        ValueParser("the value of a header field", example: "no-store") { text throws(ValueError) in
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw ValueError(
                    "the value holds a control character, such as the end of a line",
                    hint: "write the value on one line; a field that comes twice has two entries"
                )
            }
            guard text.first != " ", text.first != "\t", text.last != " ", text.last != "\t" else {
                throw ValueError("the value begins or ends with a space", hint: "remove it; a recipient would")
            }
            return text
        }
    }

    /// A method that a client may send, in capitals as all that are in use.
    static var method: Self {
        ValueParser("a method", example: "GET") { text throws(ValueError) in
            guard isToken(text) else {
                throw ValueError("\(text.quoted) is not a method", hint: "for example methods: [GET, POST]")
            }
            guard text == text.uppercased() else {
                throw ValueError("\(text.quoted) is not in capitals", hint: "methods are: write \(text.uppercased())")
            }
            guard text != "CONNECT" else {
                throw ValueError("CONNECT is answered 405 and reaches no route", hint: "remove it")
            }
            return text
        }
    }

    /// `type/subtype` with parameters, perhaps.
    static var mediaType: Self {
        ValueParser("a media type", example: "application/json") { text throws(ValueError) in
            let value = try headerValue.parse(text)
            let type = value.prefix { $0 != ";" && $0 != " " }.split(separator: "/", omittingEmptySubsequences: false)
            guard type.count == 2, type.allSatisfy({ isToken(String($0)) }) else {
                throw ValueError("\(text.quoted) is not a media type", hint: "for example application/json")
            }
            return value
        }
    }

    /// What a browser shows beside the field for a password. Quotes and backslashes would have to be escaped there, which
    /// clients do not agree on.
    static var realm: Self {
        ValueParser("a text", example: "staff") { text throws(ValueError) in
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else {
                throw ValueError(
                    "\(text.quoted) cannot be a realm",
                    hint: "use ASCII without quotes and backslashes, for example staff"
                )
            }
            return text
        }
    }

    /// Any text, not empty.
    static func filled(_ expected: String, example: String) -> Self {
        ValueParser(expected, example: example) { text throws(ValueError) in
            guard !text.isEmpty else { throw mismatch(text, expected: expected, hint: "for example \(example)") }
            return text
        }
    }

    /// Visible ASCII characters, not none: what can stand in a header field as it is.
    static func visible(_ expected: String, example: String) -> Self {
        ValueParser(expected, example: example) { text throws(ValueError) in
            guard !text.isEmpty, isVisible(text) else {
                throw ValueError(
                    "\(expected) is letters, digits and signs of ASCII without spaces",
                    hint: "for example \(example)"
                )
            }
            return text
        }
    }

    static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    /// Any text, also none.
    static func any(_ expected: String) -> Self {
        ValueParser(expected, example: "\"\"") { text throws(ValueError) in text }
    }
}
