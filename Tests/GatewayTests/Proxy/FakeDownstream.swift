// SPDX-License-Identifier: Apache-2.0

@testable import Gateway
@testable import Reactor

/// A client whose socket is a list: one element is what one moment brings.
final class FakeDownstream: Downstream {
    let input: ByteBuffer
    let output = ByteBuffer(capacity: 16)
    private var arriving: [[UInt8]]
    private let ends: Bool
    private(set) var hasEnded = false

    /// `arrived` is in the buffer already, the rest comes piece by piece, one for each time that nothing was there. Then
    /// comes the end of the stream, or nothing.
    init(arrived: [UInt8], arriving: [[UInt8]] = [], ends: Bool = false, capacity: Int = 64) {
        input = ByteBuffer(capacity: max(capacity, arrived.count))
        input.append(arrived)
        self.arriving = arriving
        self.ends = ends
    }

    /// What was received and not consumed, and what has still to come.
    var rest: [UInt8] { Array(input.pending) + arriving.joined() }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        guard !arriving.isEmpty else { return ends ? .endOfStream : .wouldBlock }
        if arriving[0].isEmpty {
            arriving.removeFirst()
            return .wouldBlock
        }
        let count = min(buffer.count, arriving[0].count)
        buffer.copyBytes(from: arriving[0].prefix(count))
        arriving[0].removeFirst(count)
        return .bytes(count)
    }

    func receiveInput() -> IOResult {
        if input.room == 0 { input.compact() }
        let result = receive(into: input.space)
        if case .bytes(let count) = result { input.filled(count) }
        return result
    }

    var isCongested: Bool { false }
    var mayKeepAlive: Bool { true }
    var address: IPAddress { IPAddress(ipv4: 0xC000_0201) }
    var client: AddressText { AddressText("192.0.2.1") }
    var isTrustedProxy: Bool { false }
    var requestBegan: MonotonicTime { MonotonicTime(nanoseconds: 0) }
    func readSoon() {}
    func tunnelBegan() {}
    func requestBodyEnded() { hasEnded = true }
    func send(_ body: UnsafeRawBufferPointer, asChunk: Bool, moreFollows: Bool) -> Bool { true }
    func pipeForResponse() -> Int32 { -1 }
    func sendSpliced(_ count: Int) -> Bool { true }
    func pipeOfRequest() -> Int32 { -1 }
    func receiveSpliced(_ count: Int) -> IOResult {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { receive(into: $0) }
    }
    func flushSoon() {}
    func setDeadline(_ deadline: MonotonicTime) {}
    func responseEnded(keepAlive: Bool) {}
    func cut(resetting: Bool) {}
}
