// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// The client's side of an exchange: where the request came from and the response goes to.
protocol Downstream: AnyObject {
    /// The bytes of the request: its head at the front, from 0; then what has come of the body and of the requests
    /// behind it, of which `start` is the first byte that is not consumed.
    var input: ByteBuffer { get }
    /// What is to be sent to the client. May be appended to while the client is not congested, followed by
    /// ``flushSoon()``.
    var output: ByteBuffer { get }
    /// The client has not taken what it was sent: nothing more may be given to it before it has.
    var isCongested: Bool { get }
    /// The connection may be used for another request, as far as the gateway is concerned.
    var mayKeepAlive: Bool { get }
    /// The client's address.
    var address: IPAddress { get }
    /// The same as text.
    var client: AddressText { get }
    /// The client is a trusted proxy: what it says of its own client counts.
    var isTrustedProxy: Bool { get }
    /// When the first byte of the request came.
    var requestBegan: MonotonicTime { get }

    /// Reads from the client straight into `buffer`.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult
    /// Reads from the client into the free space of ``input``.
    func receiveInput() -> IOResult
    /// The end of a pipe out of which comes what ``receiveSpliced(_:)`` has moved; -1 when there is none to be had. The same
    /// one for all of the request.
    func pipeOfRequest() -> Int32
    /// Moves up to `count` bytes from the client into that pipe, which must be empty.
    func receiveSpliced(_ count: Int) -> IOResult
    /// Tells the exchange in the next turn of the loop that the client is readable, if it still is. May be called from
    /// inside libcurl.
    func readSoon()
    /// The last byte of the request body has been consumed.
    func requestBodyEnded()
    /// What the client sends from now on is not HTTP, and has no end but that of its sending.
    func tunnelBegan()
    /// Sends `body` behind what is in ``output``, with the framing of a chunk if asked; keeps what the client does not
    /// take. With `moreFollows` it may wait for what follows, but not beyond this turn of the loop.
    ///
    /// - Returns: Whether the connection still stands.
    func send(_ body: UnsafeRawBufferPointer, asChunk: Bool, moreFollows: Bool) -> Bool
    /// The end of a pipe into which some of a response's body may be put, for ``sendSpliced(_:)``; -1 when there is none to be
    /// had. The same one for all of the response.
    func pipeForResponse() -> Int32
    /// Sends `count` more bytes, which have been put into the pipe, behind what is in ``output``. What the client does not take
    /// stays there.
    ///
    /// - Returns: Whether the connection still stands.
    func sendSpliced(_ count: Int) -> Bool
    /// Sends what is in ``output`` at the end of this turn of the loop.
    func flushSoon()
    /// Tells the exchange at this time that its deadline has passed. Replaces the one set before.
    func setDeadline(_ deadline: MonotonicTime)
    /// The response is complete. The exchange is no longer used after this call.
    func responseEnded(keepAlive: Bool)
    /// The response cannot be completed, or there is nobody to complete it for: close. With `resetting` the connection is
    /// reset, which may cost the client bytes that it has not read yet. The exchange is no longer used after this call.
    func cut(resetting: Bool)
}
