// SPDX-License-Identifier: Apache-2.0

/// A text of the configuration with names in braces that stand for parts of a request.
struct TextTemplate: Sendable {
    /// What may stand in braces.
    enum Variable: String, Sendable, CaseIterable {
        /// Without the port.
        case host
        /// As it was sent, or as the route rewrites it; always begins with a slash.
        case path
        /// As it was sent, with its question mark; empty where there is none.
        case query
        case clientAddress = "client_ip"
        case requestID = "request_id"
    }

    enum Piece: Sendable {
        case literal([UInt8])
        case variable(Variable)
    }

    let pieces: [Piece]

    /// Only `allowed` are taken for variables; other braces stand for themselves.
    init(_ text: String, allowing allowed: [Variable]) {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.first {
            if let found = allowed.first(where: { rest.starts(with: "{\($0.rawValue)}".utf8) }) {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                pieces.append(.variable(found))
                rest = rest.dropFirst(found.rawValue.utf8.count + 2)
            } else {
                literal.append(byte)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    func uses(_ variable: Variable) -> Bool {
        pieces.contains { if case .variable(variable) = $0 { true } else { false } }
    }
}
