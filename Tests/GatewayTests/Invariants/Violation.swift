// SPDX-License-Identifier: Apache-2.0

/// A rule that must hold for any bytes does not hold for some. Thrown by the checks that the fuzzers and the ordinary
/// tests share.
struct Violation: Error, CustomStringConvertible {
    var description: String

    init(_ rule: String, _ bytes: [UInt8]) {
        description = "\(rule): \(bytes.latin1.debugDescription)"
    }
}

/// Throws unless `holds`.
func require(_ holds: Bool, _ rule: @autoclosure () -> String, _ bytes: [UInt8]) throws {
    if !holds { throw Violation(rule(), bytes) }
}

/// Where to cut `bytes` into reads: places that follow from the bytes alone, so that a failure can be repeated from a file.
func cuts(of bytes: [UInt8], _ count: Int) -> [Int] {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var generator = SeededGenerator(state: hash)
    return (0..<count).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
}
