// SPDX-License-Identifier: Apache-2.0

internal import Signing

/// Signs what a backend is sent, by its `aws_sigv4`.
///
/// The last step before libcurl gets a head: whatever else changes a head has done so. Signed are the method, the target, the
/// payload, Host, Content-Type and everything that begins with `x-amz-`. Nothing that is added or taken out on the way
/// from here is among these.
struct RequestSigner: Sendable {
    /// What follows the head.
    enum Payload {
        case none
        /// All of it is there, with this hash; `nil` where OpenSSL makes none.
        case hashed([UInt8]?)
        /// It is not there yet, and is not signed.
        case streamed
    }

    private static let nothing: [UInt8] = []
    private let signer: AWSSigner
    private let sessionToken: [UInt8]?

    init(_ configuration: AWSSigningConfiguration) {
        sessionToken = configuration.sessionToken.map { Array($0.utf8) }
        signer = AWSSigner(
            accessKey: configuration.accessKey,
            secretKey: configuration.secretKey,
            region: configuration.region,
            service: configuration.service
        )
    }

    /// Whether a body that comes bit by bit must be waited for. Most services want its hash; S3 does without, but wants its
    /// length.
    func needsWhole(_ framing: BodyFraming) -> Bool {
        switch framing {
        case .none, .untilClose, .length(0): false
        case .length: !signer.isS3
        case .chunked: true
        }
    }

    /// Signs a head whose target begins at `start` of `text`, and whose last field line ends with it.
    ///
    /// - Returns: Whether it is signed; without OpenSSL's SHA-256 it is not.
    @discardableResult
    func sign(_ method: [UInt8], _ text: ByteBuffer, from start: Int, _ payload: Payload, at time: WallTime) -> Bool {
        guard let hash = hash(of: payload) else { return false }
        let stamp = CivilTime(time.seconds).basicTimestamp
        var fields = removeForeignFields(text, from: start)
        append("X-Amz-Date", stamp, to: text, &fields)
        append("X-Amz-Content-Sha256", hash, to: text, &fields)
        // Temporary credentials are of no use without it, and it is signed as everything of AWS's.
        if let sessionToken { append("X-Amz-Security-Token", sessionToken, to: text, &fields) }
        let target = text.withBytes(start..<text.end) { bytes in
            bytes.indices.first { bytes[$0] == ASCII.space }.map { bytes.extracting(0..<$0).array } ?? []
        }
        let request = CanonicalRequest(method: method, target: target, fields: fields, payloadHash: hash)
        guard let value = signer.authorization(for: request, at: stamp) else { return false }
        append("Authorization", value, to: text, &fields)
        return true
    }

    /// Signs the head of a request without a body: target, version and field lines.
    func sign(_ method: String, _ head: String) -> String {
        let text = ByteBuffer(capacity: 1024)
        text.append(Array(head.utf8))
        sign(Array(method.utf8), text, from: 0, .none, at: .now())
        return text.withBytes(0..<text.end) { String(decoding: $0.array, as: UTF8.self) }
    }

    /// A body that is all there.
    static func payload(_ body: Span<UInt8>) -> Payload { .hashed(Digest.hex(of: body)) }

    private func hash(of payload: Payload) -> [UInt8]? {
        switch payload {
        case .none: Digest.hex(of: Self.nothing.span)
        case .hashed(let hash): hash
        case .streamed: AWSSigner.unsignedPayload
        }
    }

    private static let foreign = [
        "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "date",
    ].map { Array($0.utf8) }

    /// Takes out what a client has signed with a key of its own, and finds the fields that are to be signed.
    private func removeForeignFields(_ text: ByteBuffer, from start: Int) -> [CanonicalRequest.Field] {
        var fields: [CanonicalRequest.Field] = []
        var line = lineEnd(text, from: start)
        while line < text.end {
            let end = lineEnd(text, from: line)
            let field = text.withBytes(line..<end) { Self.field($0) }
            if Self.foreign.contains(field.name) {
                text.remove(line..<end)
                continue
            }
            let isSigned =
                field.name == Self.host || field.name == Self.contentType || field.name.starts(with: Self.own)
            if isSigned { fields.append(field) }
            line = end
        }
        return fields
    }

    private static let host = Array("host".utf8)
    private static let contentType = Array("content-type".utf8)
    private static let own = Array("x-amz-".utf8)

    /// One behind the next LF.
    private func lineEnd(_ text: ByteBuffer, from start: Int) -> Int {
        text.withBytes(start..<text.end) { bytes in
            bytes.indices.first { bytes[$0] == ASCII.lineFeed }.map { start + $0 + 1 } ?? text.end
        }
    }

    private static func field(_ line: Span<UInt8>) -> CanonicalRequest.Field {
        let bytes = line.array
        let colon = bytes.firstIndex(of: ASCII.colon) ?? bytes.count
        let name = bytes[..<colon].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return CanonicalRequest.Field(name: name, value: Array(bytes[colon...].dropFirst()))
    }

    private func append(
        _ name: StaticString,
        _ value: [UInt8],
        to text: ByteBuffer,
        _ fields: inout [CanonicalRequest.Field]
    ) {
        let start = text.end
        text.append(name)
        text.append(": ")
        text.append(value)
        text.append("\r\n")
        fields.append(text.withBytes(start..<text.end) { Self.field($0) })
    }
}

extension Span<UInt8> {
    fileprivate var array: [UInt8] { indices.map { self[$0] } }
}
