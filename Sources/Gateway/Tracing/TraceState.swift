// SPDX-License-Identifier: Apache-2.0

/// Whether what the tracestate fields of a request say is a valid list (W3C Trace Context §3.3), given one field after another.
/// It is handed on as it is or not at all.
struct TraceState {
    /// §3.3.1.1: "There can be a maximum of 32 list-members in a list."
    private static let maximumMembers = 32
    private static let maximumKey = 256
    private static let maximumValue = 256

    private var keys: [[UInt8]] = []
    private(set) var isValid = true

    /// Goes on with the value of the next field. Several are one list (§3.3: "Multiple tracestate header fields MUST be
    /// handled as specified by RFC 9110 section 5.3").
    mutating func append(_ value: Span<UInt8>) {
        var start = 0
        while isValid, start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            member(value, start, end)
            start = end + 1
        }
    }

    private mutating func member(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        var (start, end) = (start, end)
        while start < end, TraceState.isBlank(bytes[start]) { start += 1 }
        while end > start, TraceState.isBlank(bytes[end - 1]) { end -= 1 }
        // "Empty list members are allowed in tracestate because it is difficult for a vendor to recognize the empty value."
        guard start < end else { return }
        var equals = start
        while equals < end, bytes[equals] != UInt8(ascii: "=") { equals += 1 }
        guard equals < end, TraceState.isKey(bytes, start..<equals), TraceState.isValue(bytes, equals + 1..<end) else {
            isValid = false
            return
        }
        let key = (start..<equals).map { bytes[$0] }
        // §3.3.1.3.1: "Only one entry per key is allowed."
        guard keys.count < TraceState.maximumMembers, !keys.contains(key) else {
            isValid = false
            return
        }
        keys.append(key)
    }

    /// `key = simple-key / multi-tenant-key`: small letters, digits and `_ - * /`, the first a letter; or a tenant, which may
    /// begin with a digit, `@`, and a system of 14 at most, which begins with a letter.
    private static func isKey(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, range.count <= maximumKey else { return false }
        guard let at = range.first(where: { bytes[$0] == UInt8(ascii: "@") }) else {
            return isLetter(bytes[range.lowerBound]) && range.allSatisfy { isKeyByte(bytes[$0]) }
        }
        let (tenant, system) = (range.lowerBound..<at, at + 1..<range.upperBound)
        guard (1...241).contains(tenant.count), (1...14).contains(system.count) else { return false }
        let first = bytes[tenant.lowerBound]
        return (isLetter(first) || isDigit(first)) && tenant.allSatisfy { isKeyByte(bytes[$0]) }
            && isLetter(bytes[system.lowerBound]) && system.allSatisfy { isKeyByte(bytes[$0]) }
    }

    /// `value = 0*255(chr) nblk-chr`: printable ASCII without comma and equals sign, not ending in a space.
    private static func isValue(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, range.count <= maximumValue else { return false }
        return range.allSatisfy { index in
            let byte = bytes[index]
            return byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "=")
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"): true
        default: isLetter(byte) || isDigit(byte)
        }
    }
}
