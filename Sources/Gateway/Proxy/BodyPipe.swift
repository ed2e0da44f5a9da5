// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// The request body on its way from the client to libcurl.
///
/// Bytes move only when libcurl asks for them, so a backend that takes no more makes the client wait. What was moved is
/// kept for another attempt, up to a limit and only where there may be one.
@safe
struct BodyPipe {
    /// What came of asking for more.
    enum Outcome: Equatable {
        case bytes(Int)
        /// The client has not sent more yet.
        case empty
        case end
        case failed(ProxyError)
    }

    private(set) var framing = BodyFraming.none
    /// Bytes still to come, with a Content-Length.
    private var remaining: UInt64 = 0
    private(set) var decoder: ChunkedDecoder
    /// Frames what libcurl is given of a chunked body.
    var encoder = ChunkedEncoder()
    private(set) var isComplete = true
    /// Body bytes taken from the client.
    private(set) var received: UInt64 = 0
    /// What the gateway takes of a body, and what it takes of this one.
    private let usualMaximum: UInt64
    private var maximum: UInt64

    /// What was given to libcurl, for another attempt; `nil` when nothing is kept.
    private var kept: ByteBuffer?
    private var keepsUpTo = 0
    /// How much of `kept` this attempt has been given.
    private var replayed = 0
    /// Everything that was taken from the client is still here.
    private(set) var isReplayable = true

    init(limits: HTTPLimits, maximum: Int?) {
        decoder = ChunkedDecoder(limits: limits)
        usualMaximum = maximum.map(UInt64.init) ?? .max
        self.maximum = usualMaximum
    }

    /// Prepares for a request's body; keeps up to `keeping` bytes of it for another attempt. With `maximum`, more than that is
    /// an error; otherwise, what is for all requests.
    mutating func begin(_ framing: BodyFraming, keeping: Int, atMost maximum: UInt64? = nil) {
        self.framing = framing
        self.maximum = maximum ?? usualMaximum
        received = 0
        kept = nil
        encoder.reset()
        keepsUpTo = keeping
        replayed = 0
        isReplayable = true
        remaining = 0
        switch framing {
        case .length(let length):
            remaining = length
            isComplete = length == 0
        case .chunked:
            decoder.reset()
            isComplete = false
        case .none, .untilClose:
            isComplete = true
        }
    }

    /// From now on everything that the client sends is moved as it is, until it has finished sending. Nothing is kept.
    mutating func beginTunnel() {
        begin(.untilClose, keeping: 0)
        remaining = .max
        isComplete = false
        isReplayable = false
    }

    /// The whole body, if it has a length and has arrived: libcurl then sends it along with the head, and can send it
    /// again. It stays where it is, in `input`.
    mutating func takeWhole(_ input: ByteBuffer) -> UnsafeRawBufferPointer? {
        guard case .length(let length) = framing, length == remaining, length <= UInt64(input.count) else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: input.pending.prefix(Int(length)))
        input.consume(Int(length))
        remaining = 0
        received = length
        isComplete = true
        return unsafe bytes
    }

    /// Another attempt begins: what was given before is given again.
    mutating func rewind() {
        replayed = 0
        encoder.reset()
    }

    /// Lets go of what was kept, for nobody will ask for the body any more.
    mutating func release() {
        guard framing != .none else { return }
        kept = nil
        encoder.reset()
        decoder.reset()
    }

    /// The client has sent all of the body, and ``fill(_:from:)`` has given all of it.
    var isExhausted: Bool { isComplete && replayed >= kept?.count ?? 0 }

    /// Moves some of the body into `buffer`, without its framing.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer, from source: some Downstream) -> Outcome {
        if let kept, replayed < kept.count {
            let count = min(buffer.count, kept.count - replayed)
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: kept.pending[replayed..<replayed + count]))
            replayed += count
            return .bytes(count)
        }
        if isComplete { return .end }
        let outcome = unsafe framing == .chunked ? fillDecoding(buffer, source) : fillCounting(buffer, source)
        if case .bytes(let count) = outcome { unsafe keep(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return outcome
    }

    /// A body with a length, or a tunnel's bytes, need no decoding, so they go from the socket straight into libcurl's buffer.
    private mutating func fillCounting(_ buffer: UnsafeMutableRawBufferPointer, _ source: some Downstream) -> Outcome {
        let wanted = Int(min(UInt64(buffer.count), remaining))
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
        let input = source.input
        var count = min(wanted, input.count)
        if count > 0 {
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.pending[..<count]))
            input.consume(count)
        } else {
            switch unsafe source.receive(into: target) {
            case .bytes(let read): count = read
            case .wouldBlock: return .empty
            case .endOfStream where framing == .untilClose:
                isComplete = true
                return .end
            case .endOfStream, .failed: return .failed(ProxyError(.clientLeft))
            }
        }
        remaining -= UInt64(count)
        received += UInt64(count)
        isComplete = remaining == 0
        return .bytes(count)
    }

    /// Moves as much as there is: each piece costs a turn of the loop and a call of send(2).
    private mutating func fillDecoding(_ buffer: UnsafeMutableRawBufferPointer, _ source: some Downstream) -> Outcome {
        var filled = 0
        while filled < buffer.count && !isComplete {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let input = source.input
            let waiting = min(input.count, room.count)
            var arrived = waiting
            if waiting > 0 {
                unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.pending[..<waiting]))
                input.consume(waiting)
            } else {
                let isSmall = room.count < BodyPipe.leastRead
                let result = unsafe isSmall ? source.receiveInput() : source.receive(into: room)
                guard case .bytes(let count) = result else {
                    // A failure will be told again.
                    if filled > 0 { break }
                    return result == .wouldBlock ? .empty : .failed(ProxyError(.clientLeft))
                }
                if isSmall { continue }
                arrived = count
            }
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<arrived])
            switch unsafe decode(piece) {
            case .success(let (length, used)):
                filled += length
                // What is behind the body is another request.
                if waiting > 0 {
                    input.start -= arrived - used
                } else {
                    unsafe input.append(UnsafeRawBufferPointer(rebasing: piece[used...]))
                }
            case .failure(let error): return .failed(error)
            }
        }
        return filled > 0 ? .bytes(filled) : .end
    }

    /// Less is not worth a read of its own.
    private static let leastRead = 4096

    /// Takes the framing out of `bytes`, where they lie.
    ///
    /// - Returns: How many bytes of data are at the front now, and of how many they were made: of all, unless the body ends.
    private mutating func decode(_ bytes: UnsafeMutableRawBufferPointer) -> Result<(length: Int, used: Int), ProxyError>
    {
        var length = 0
        var used = 0
        while used < bytes.count && !isComplete {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[used...])
            switch unsafe decoder.next(Span(_unsafeBytes: rest)) {
            case .data(let skip, let count):
                let data = unsafe UnsafeRawBufferPointer(rebasing: rest[skip..<skip + count])
                unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[length...]).copyMemory(from: data)
                length += count
                used += skip + count
                received += UInt64(count)
                if received > maximum { return .failure(ProxyError(.bodyTooLarge)) }
            case .needMore(let consumed): used += consumed
            case .end(let consumed):
                used += consumed
                isComplete = true
            case .invalid(let error): return .failure(ProxyError(.malformedRequest(error)))
            }
        }
        return .success((length, used))
    }

    /// What comes next is better moved by the kernel: much of the body is still to come, and none of it is kept. However long it is
    /// to be, as long as all that has come is kept there may be another attempt.
    var isWorthAPipe: Bool {
        guard case .length = framing, remaining >= BodyPipe.worthAPipe else { return false }
        return !isReplayable || keepsUpTo == 0
    }

    /// From so many bytes on, moving costs less than copying.
    private static let worthAPipe: UInt64 = 32 * 1024

    /// Moves up to `room` bytes of the body into the client's pipe, past the process. Only where ``isWorthAPipe`` says so.
    mutating func splice(_ room: Int, from source: some Downstream) -> Outcome {
        switch source.receiveSpliced(Int(min(UInt64(room), remaining))) {
        case .bytes(let count):
            isReplayable = false
            remaining -= UInt64(count)
            received += UInt64(count)
            isComplete = remaining == 0
            return .bytes(count)
        case .wouldBlock: return .empty
        case .endOfStream, .failed: return .failed(ProxyError(.clientLeft))
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        guard isReplayable else { return }
        guard (kept?.count ?? 0) + bytes.count <= keepsUpTo else {
            kept = nil
            isReplayable = false
            return
        }
        let buffer = kept ?? ByteBuffer(capacity: min(keepsUpTo, 16 * 1024))
        unsafe buffer.append(bytes)
        replayed = buffer.count
        kept = buffer
    }
}
