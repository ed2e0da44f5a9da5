// SPDX-License-Identifier: Apache-2.0

/// Cookies, where one of them is the gateway's own.
extension RequestRewriter {
    /// Hands on all cookies of a field but those with this name; no field where none is left.
    ///
    /// - Returns: Whether that was done. It was not where there is none with the name: then the field passes as it is.
    func passCookies(_ field: HeaderField, without name: [UInt8]) -> Bool {
        input.withBytes(0..<head.length) { bytes in
            var rest = field.value
            var hasOwn = false
            while let pair = RequestHead.nextPair(of: &rest, in: bytes) {
                if RequestHead.value(of: name, in: bytes, pair) != nil { hasOwn = true }
            }
            guard hasOwn else { return false }
            rest = field.value
            var isFirst = true
            while let pair = RequestHead.nextPair(of: &rest, in: bytes) {
                guard !pair.isEmpty, RequestHead.value(of: name, in: bytes, pair) == nil else { continue }
                text.append(isFirst ? "Cookie: " : "; ")
                isFirst = false
                text.append(bytes.extracting(pair))
            }
            if !isFirst { text.append("\r\n") }
            return true
        }
    }
}
