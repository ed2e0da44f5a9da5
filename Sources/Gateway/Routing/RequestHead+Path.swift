// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
    /// Where the path stands in the head's bytes, without the query; empty for an absolute target that has none, which means
    /// `/`.
    func path(in bytes: Span<UInt8>) -> Range<Int> {
        let end = pathStart + pathLength
        var index = pathStart
        while index < end, bytes[index] != UInt8(ascii: "?") { index += 1 }
        return pathStart..<index
    }

    /// Where the query stands, without its question mark; empty where there is none.
    func query(in bytes: Span<UInt8>) -> Range<Int> {
        let end = pathStart + pathLength
        return min(path(in: bytes).upperBound + 1, end)..<end
    }

    /// Where the host stands, without its port.
    var host: Range<Int> { authorityStart..<authorityStart + hostLength }
}
