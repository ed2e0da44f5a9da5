// SPDX-License-Identifier: Apache-2.0

/// What TRACE is answered with: the request as it came (RFC 9110 §9.3.8), but for fields that are likely to hold secrets,
/// which a script could otherwise read although it was never shown them.
struct TraceEcho {
    let head: RequestHead
    let input: ByteBuffer

    /// How many bytes ``write(to:)`` writes.
    var count: Int {
        head.fields.reduce(lineLength + 2) { isSecret($1) ? $0 : $0 + $1.line.count + 2 }
    }

    /// Writes the request line, the fields as they were sent and in their order, and the blank line.
    func write(to output: ByteBuffer) {
        copy(head.methodStart..<head.methodStart + lineLength, output)
        for field in head.fields where !isSecret(field) {
            copy(field.line, output)
            output.append("\r\n")
        }
        output.append("\r\n")
    }

    /// The request line with its CRLF: method, target and version, 8 bytes, with a space between.
    private var lineLength: Int { head.methodLength + head.targetLength + 12 }

    private func copy(_ range: Range<Int>, _ output: ByteBuffer) {
        input.withBytes(range) { output.append($0) }
    }

    /// Known by its name, or by what such names have in them. Taking out one too many does no harm.
    private func isSecret(_ field: HeaderField) -> Bool {
        if field.known == .cookie || field.known == .authorization || field.known == .proxyAuthorization { return true }
        return input.withBytes(field.name) { name in
            TraceEcho.secretWords.contains { word in
                name.count >= word.count
                    && (0...name.count - word.count).contains { start in
                        ASCII.equals(name, start..<start + word.count, ignoringCase: word)
                    }
            }
        }
    }

    private static let secretWords = ["auth", "cookie", "token", "key", "secret", "password", "session", "credential"]
        .map { Array($0.utf8) }
}
