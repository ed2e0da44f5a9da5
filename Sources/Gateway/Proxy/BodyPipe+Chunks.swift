// SPDX-License-Identifier: Apache-2.0

/// Chunked bodies go to libcurl framed already. It can frame them too, but not with trailers: before 8.7 a handle that has
/// sent trailers once corrupts the heap when it sends the next chunked body.
extension BodyPipe {
    /// Moves some of a chunked body into `buffer` as it is to be sent: as one chunk, with the end of the body behind it
    /// where that is reached.
    ///
    /// - Parameters:
    ///   - buffer: Of any size but 0.
    ///   - source: Where the body comes from.
    ///   - request: Its Connection may name trailers that are not handed on.
    /// - Returns: `bytes` counts those to be sent, framing and all.
    mutating func fillChunked(
        _ buffer: UnsafeMutableRawBufferPointer,
        from source: some Downstream,
        of request: RequestHead
    ) -> Outcome {
        if encoder.isWaiting { return unsafe .bytes(giveWaiting(buffer)) }
        if encoder.hasEnded { return .end }
        if buffer.count < ChunkedEncoder.leastRoom { return unsafe fillTiny(buffer, from: source, of: request) }
        var filled = 0
        let place = ChunkedEncoder.place(in: buffer.count)
        switch unsafe fill(UnsafeMutableRawBufferPointer(rebasing: buffer[place]), from: source) {
        case .bytes(let count): filled = unsafe frame(buffer, count, at: place.lowerBound)
        case .end: break
        case .empty: return .empty
        case .failed(let error): return .failed(error)
        }
        if isExhausted {
            encoder.end(with: lastChunk(source, request))
            filled += unsafe giveWaiting(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        }
        return .bytes(filled)
    }

    /// A buffer without room for a chunk gets the first bytes of one.
    private mutating func fillTiny(
        _ buffer: UnsafeMutableRawBufferPointer,
        from source: some Downstream,
        of request: RequestHead
    ) -> Outcome {
        unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { larger in
            let outcome = unsafe fillChunked(larger, from: source, of: request)
            guard case .bytes(let count) = outcome else { return outcome }
            unsafe encoder.keep(Array(larger[..<count]))
            return unsafe .bytes(giveWaiting(buffer))
        }
    }

    /// Makes a chunk of the `count` bytes at `position`, at the buffer's start.
    private func frame(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int, at position: Int) -> Int {
        let start = ChunkedEncoder.start(of: count)
        if start < position {
            let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyMemory(from: piece)
        }
        var span = unsafe MutableSpan<UInt8>(_unsafeBytes: buffer)
        return ChunkedEncoder.frame(&span, length: count)
    }

    private mutating func giveWaiting(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        if unsafe buffer.isEmpty { return 0 }
        var output = unsafe OutputSpan<UInt8>(buffer: buffer.bindMemory(to: UInt8.self), initializedCount: 0)
        encoder.give(&output)
        return output.count
    }

    private func lastChunk(_ source: some Downstream, _ request: RequestHead) -> [UInt8] {
        let input = source.input
        return LastChunk.with(decoder.trailers, in: decoder.trailerBytes) { name in
            input.withBytes(0..<request.length) { request.connection.nominate(name, among: request.fields, in: $0) }
        }
    }
}
