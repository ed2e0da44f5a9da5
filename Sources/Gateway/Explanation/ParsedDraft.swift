// SPDX-License-Identifier: Apache-2.0

/// A request that nobody has sent, as the gateway understands it.
struct ParsedDraft {
    let draft: RequestDraft
    let head = RequestHead()
    /// The head is at its front.
    let input: ByteBuffer
    /// Why it is none.
    private(set) var error: ParseError?
    /// Who has connected.
    let peer: Peer
    /// Who counts as the client, if a trusted proxy speaks for somebody.
    private(set) var namedClient: IPAddress?

    init(_ draft: RequestDraft, in configuration: GatewayConfiguration) {
        self.draft = draft
        let buffer = ByteBuffer(capacity: draft.bytes.count)
        buffer.append(draft.bytes)
        input = buffer
        let trusted = configuration.trustedProxies
        peer = Peer(draft.connection, isTrusted: trusted.contains(draft.connection))
        var parser = RequestParser(limits: HTTPLimits(configuration.limits))
        let parsed = head
        switch buffer.withBytes(0..<buffer.end, { parser.parse($0, into: parsed) }) {
        case .complete: break
        // A blank line ends it, so more could only be wanted of what is none.
        case .needMore: error = .missingColon
        case .invalid(let problem): error = problem
        }
        head.isOfTrustedProxy = peer.isTrusted
        if error == nil, peer.isTrusted {
            namedClient = RequestRewriter.client(of: parsed, in: buffer, trusted: trusted)
        }
    }

    /// Who counts as the client.
    var client: IPAddress { namedClient ?? peer.address }
    var clientText: AddressText { namedClient.map { AddressText($0) } ?? peer.text }

    /// Calls `body` with the bytes of the head.
    func withBytes<Value>(_ body: (Span<UInt8>) -> Value) -> Value {
        input.withBytes(0..<head.length, body)
    }

    func string(_ range: Range<Int>) -> String {
        input.withBytes(range) { $0.string }
    }

    /// Names and values, in their order.
    var fields: [(name: String, value: String)] { head.fields.map { (string($0.name), string($0.value)) } }

    /// Those of them that anything is decided by.
    var fieldsThatCount: [(name: String, value: String)] {
        head.fields.filter { head.counts($0) }.map { (string($0.name), string($0.value)) }
    }

    // MARK: What is told of it

    var facts: Explanation.Request {
        let target = String(decoding: draft.bytes, as: UTF8.self).split(separator: " ").dropFirst().first.map(
            String.init
        )
        guard error == nil else {
            return Explanation.Request(method: draft.method, target: target ?? "", path: target ?? "")
        }
        let path = withBytes { head.path(in: $0) }
        return Explanation.Request(
            method: draft.method,
            target: target ?? "",
            host: head.hostLength > 0 ? string(head.host) : nil,
            path: path.isEmpty ? "/" : string(path),
            body: body,
            isUpgrade: isUpgrade
        )
    }

    /// `nil` where it has none, or an empty one.
    var body: Explanation.Body? {
        switch head.framing {
        case .none, .untilClose, .length(0): nil
        case .length(let length): Explanation.Body(isChunked: false, bytes: length)
        case .chunked: Explanation.Body(isChunked: true)
        }
    }

    var isUpgrade: Bool { head.wantsUpgrade && withBytes { head.asksForUpgrade(in: $0) } }

    var clientFacts: Explanation.Client {
        let source: Explanation.Client.Source =
            namedClient == nil ? .connection : head.contains(.xForwardedFor) ? .forwardedFor : .forwarded
        return Explanation.Client(
            connection: peer.text.string,
            isTrustedProxy: peer.isTrusted,
            address: clientText.string,
            source: source
        )
    }
}

extension Span<UInt8> {
    /// What is not UTF-8 in it is replaced.
    var string: String { String(decoding: indices.map { self[$0] }, as: UTF8.self) }
}
