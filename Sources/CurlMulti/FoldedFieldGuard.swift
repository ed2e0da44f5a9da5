// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// Keeps libcurl from a line that it must not see; see ``CurlLibrary/keepsLastField``.
///
/// Before libcurl looks at a header line, it can be had to hand the line out as body: CURLOPT_HEADER(3), "include the
/// headers in the write callback". So that is switched on from the status line to the first field, and a first field that
/// begins with a space ends the transfer.
enum FoldedFieldGuard {
    /// Not needed, or not any more: the first field has been seen.
    case off
    /// A status line comes next.
    case statusLine
    /// The first field comes next, as body.
    case firstField
    /// More of the first field comes as body, and then all of it as a line.
    case firstFieldPasses
}

extension Transfer {
    /// The guard's next state when libcurl has handed out `line`.
    func guardAgainstFold(after line: Span<UInt8>) {
        switch foldGuard {
        case .off: break
        case .statusLine:
            foldGuard = .firstField
            _ = unsafe curlew_set_long(easy, CURLOPT_HEADER, 1)
        case .firstField, .firstFieldPasses:
            // A head without fields may be an interim one, and then a head follows with the danger unchanged.
            let isEndOfHead = line.isEmpty || line[0] == UInt8(ascii: "\r") || line[0] == UInt8(ascii: "\n")
            foldGuard = isEndOfHead ? .statusLine : .off
            _ = unsafe curlew_set_long(easy, CURLOPT_HEADER, 0)
        }
    }

    /// Looks at the first field before libcurl does; it comes in pieces if it is long.
    func inspect(firstField piece: UnsafeRawBufferPointer) -> ReceiveDecision {
        guard foldGuard == .firstField, let first = unsafe piece.first else { return .taken }
        guard first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") else {
            foldGuard = .firstFieldPasses
            return .taken
        }
        // It is the delegate that says what is wrong with it, of which the beginning is enough: a piece may be no whole line.
        let line: [UInt8] = [first, UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        _ = delegate?.transfer(self, receivedLine: line.span)
        return .abort
    }
}
