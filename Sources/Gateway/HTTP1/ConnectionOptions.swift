// SPDX-License-Identifier: Apache-2.0

/// What the Connection fields of a head say (RFC 9110 §7.6.1).
package struct ConnectionOptions: Equatable, Sendable {
    /// `close` is among the options.
    package private(set) var close = false
    /// `keep-alive` is among the options; only HTTP/1.0 needs it said (RFC 9112 §9.3).
    package private(set) var keepAlive = false
    /// `upgrade` is among the options (RFC 9110 §7.8).
    package private(set) var upgrade = false
    /// There are options that may name a field not known to be hop-by-hop anyway. While this is false, as in nearly every
    /// message, no field is nominated and asking costs nothing.
    package private(set) var hasNominations = false
    /// Bytes of the values of Connection and Upgrade. Each name in the one is looked for among all fields, and each protocol of
    /// an answer among those that were offered: with long lists that would be much work for few bytes.
    private var listBytes = 0
    /// The lists are longer than anybody needs.
    var isTooLong: Bool { listBytes > 1024 }

    /// Takes in one Connection field. An element that is not a known option, a broken one included, can do nothing but
    /// name a field; empty elements are skipped (RFC 9110 §5.6.1.2).
    mutating func read(_ bytes: Span<UInt8>, _ value: Range<Int>, _ table: KnownHeaderTable) {
        listBytes += value.count
        var list = ListCursor(value)
        while let element = list.next(in: bytes) {
            if ASCII.equals(bytes, element, ignoringCase: Words.keepAlive) {
                keepAlive = true
            } else if ASCII.equals(bytes, element, ignoringCase: Words.close) {
                close = true
            } else if ASCII.equals(bytes, element, ignoringCase: Words.upgrade) {
                upgrade = true
            } else if !element.isEmpty, !table.find(bytes, element).isHopByHop {
                hasNominations = true
            }
        }
    }

    /// Takes in one Upgrade field, of which only the length matters here.
    mutating func readUpgrade(_ value: Range<Int>) {
        listBytes += value.count
    }

    /// Whether `field` is named by one of the Connection fields among `fields`, and may be.
    func nominate(_ field: HeaderField, among fields: [HeaderField], in bytes: Span<UInt8>) -> Bool {
        guard hasNominations, field.known.mayBeNominated else { return false }
        return nominate(bytes.extracting(field.name), among: fields, in: bytes)
    }

    /// Whether `name`, which may be that of a trailer, is among the options of the Connection fields in `fields`.
    func nominate(_ name: Span<UInt8>, among fields: [HeaderField], in bytes: Span<UInt8>) -> Bool {
        guard hasNominations else { return false }
        for connection in fields where connection.known == .connection {
            var list = ListCursor(connection.value)
            while let element = list.next(in: bytes) {
                if ASCII.equals(bytes.extracting(element), name) { return true }
            }
        }
        return false
    }
}
