// SPDX-License-Identifier: Apache-2.0

/// Makes a route's changes to a head that is written already, whoever wrote which line of it.
struct HeaderEditor: Sendable {
    /// What variables in values stand for.
    struct Values {
        var client: AddressText
        var requestID: RequestID
        var host: Range<Int>
        /// What ``host`` is a range of.
        let input: ByteBuffer
    }

    private struct Line: Sendable {
        /// Name and colon.
        let name: [UInt8]
        let value: TextTemplate
    }

    /// Names of lines that go, in small letters.
    private let removed: [[UInt8]]
    private let lines: [Line]

    /// `nil` where there is nothing to be changed.
    ///
    /// - Throws: A field that may not be changed, which a validated configuration rules out.
    init?(_ edits: HeaderEdits, ofRequest isRequest: Bool) throws(StartError) {
        guard !edits.isEmpty else { return nil }
        for name in edits.remove + (edits.set + edits.add).map(\.name) {
            if isRequest && name.lowercased() == "host" {
                throw StartError("header field Host: the backend decides by it; a backend's `host` says another")
            }
            if let problem = HeaderEditor.problem(with: name) { throw StartError("header field \(name): \(problem)") }
        }
        for field in edits.set + edits.add where !field.value.utf8.allSatisfy(ASCII.isFieldValue) {
            throw StartError("header field \(field.name): its value holds a line break or another control character")
        }
        removed = (edits.remove + edits.set.map(\.name)).map { $0.utf8.map(ASCII.lowercased) }
        lines = (edits.set + edits.add).map { field in
            let value = TextTemplate(field.value, allowing: isRequest ? [.clientAddress, .host, .requestID] : [])
            return Line(name: Array(field.name.utf8) + [ASCII.colon, ASCII.space], value: value)
        }
    }

    /// Why a route may not change a field; `nil` if it may.
    static func problem(with name: String) -> String? {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(ASCII.isToken) else {
            return "a name is made of letters, digits and !#$%&'*+-.^_`|~"
        }
        switch KnownHeaderTable.shared.find(bytes.span, 0..<bytes.count) {
        case .proxyAuthenticate, .proxyAuthorization: return nil
        case let known:
            let isOurs = known == .contentLength || known == .trailer || known == .expect || known == .xCurlew
            return isOurs || known.isHopByHop ? "it says how the message is sent, which is the gateway's affair" : nil
        }
    }

    /// Changes the field lines that stand in `text` from `start` to its end, each with its CRLF.
    func apply(to text: ByteBuffer, from start: Int, _ values: Values?) {
        remove(from: text, start)
        for index in lines.indices {
            text.append(lines[index].name)
            for piece in lines[index].value.pieces {
                switch piece {
                case .literal(let bytes): text.append(bytes)
                case .variable(let variable): append(variable, values, to: text)
                }
            }
            text.append("\r\n")
        }
    }

    private func append(_ variable: TextTemplate.Variable, _ values: Values?, to text: ByteBuffer) {
        guard let values else { return }
        switch variable {
        case .clientAddress: values.client.withBytes { text.append($0) }
        case .requestID:
            let hex = values.requestID.hex
            text.append(hex.span)
        case .host: values.input.withBytes(values.host) { text.append($0) }
        case .path, .query: break
        }
    }

    private func remove(from text: ByteBuffer, _ start: Int) {
        guard !removed.isEmpty else { return }
        var line = start
        while line < text.end {
            let rest = line..<text.end
            let next = line + text.withBytes(rest) { lengthOfLine($0) }
            if text.withBytes(rest, { isRemoved($0) }) { text.remove(line..<next) } else { line = next }
        }
    }

    private func isRemoved(_ line: Span<UInt8>) -> Bool {
        for name in removed where line.count > name.count && line[name.count] == ASCII.colon {
            if ASCII.equals(line, 0..<name.count, ignoringCase: name) { return true }
        }
        return false
    }

    private func lengthOfLine(_ bytes: Span<UInt8>) -> Int {
        var index = 0
        while index < bytes.count, bytes[index] != ASCII.lineFeed { index += 1 }
        return min(index + 1, bytes.count)
    }
}
