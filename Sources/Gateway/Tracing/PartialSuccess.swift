// SPDX-License-Identifier: Apache-2.0

/// What a collector that has taken a batch says of it: `{"partialSuccess":{"rejectedSpans":"3","errorMessage":"…"}}`.
enum PartialSuccess {
    private static let name = Array("\"rejectedSpans\"".utf8)

    /// How many spans it has rejected, `nil` if it does not say. In JSON the number may be a string, as protobuf's mapping
    /// has it, or a number.
    static func rejected(_ answer: [UInt8]) -> Int? {
        guard answer.count >= name.count,
            let start = (0...answer.count - name.count).first(where: {
                answer[$0..<$0 + name.count].elementsEqual(name)
            })
        else { return nil }
        let rest = answer[(start + name.count)...].drop { [0x20, 0x3A, 0x22, 0x09, 0x0A, 0x0D].contains($0) }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        return Int(String(decoding: digits.prefix(9), as: UTF8.self))
    }
}
