// SPDX-License-Identifier: Apache-2.0

/// Signs requests for AWS: Signature Version 4 (AWS General Reference, "Signing AWS API requests").
///
/// libcurl can sign too (CURLOPT_AWS_SIGV4), but not what a gateway sends: it signs the path of its URL and not
/// CURLOPT_REQUEST_TARGET, it hashes only what is in CURLOPT_POSTFIELDS, and what it makes of paths, queries and
/// payloads has changed from one version to the next (lib/http_aws_sigv4.c of 7.88 and 8.14).
package struct AWSSigner: Sendable {
    /// Stands for the payload's hash where the payload is not signed; S3 takes it.
    package static let unsignedPayload = Array("UNSIGNED-PAYLOAD".utf8)

    private let accessKey: [UInt8]
    private let secret: [UInt8]
    private let region: [UInt8]
    private let service: [UInt8]

    /// What S3 calls an object is its path as it is; everything else normalises paths first.
    package var isS3: Bool { service == Array("s3".utf8) }

    package init(accessKey: String, secretKey: String, region: String, service: String) {
        self.accessKey = Array(accessKey.utf8)
        secret = Array("AWS4\(secretKey)".utf8)
        self.region = Array(region.utf8)
        self.service = Array(service.utf8)
    }

    /// Signs a request.
    ///
    /// - Parameters:
    ///   - request: Its fields are all signed.
    ///   - time: Now, as `20150830T123600Z`; the request has it as its X-Amz-Date field.
    /// - Returns: The value of the Authorization field, or `nil` where OpenSSL does not sign.
    package func authorization(for request: CanonicalRequest, at time: [UInt8]) -> [UInt8]? {
        let date = Array(time.prefix(8))
        let scope = joined([date, region, service, Self.terminator], by: "/")
        guard let hash = Digest.hex(of: request.text(isS3: isS3).span) else { return nil }
        let toSign = joined([Self.algorithm, time, scope, hash], by: "\n")
        var key = secret
        for part in [date, region, service, Self.terminator] {
            guard let next = MessageAuthenticator(key: key).signature(of: part.span) else { return nil }
            key = next
        }
        guard let signature = MessageAuthenticator(key: key).signature(of: toSign.span) else { return nil }
        return Self.algorithm + Array(" Credential=".utf8) + accessKey + Array("/".utf8) + scope
            + Array(", SignedHeaders=".utf8) + request.signedNames
            + Array(", Signature=".utf8) + Digest.hex(signature)
    }

    private static let algorithm = Array("AWS4-HMAC-SHA256".utf8)
    private static let terminator = Array("aws4_request".utf8)

    private func joined(_ parts: [[UInt8]], by separator: String) -> [UInt8] {
        Array(parts.joined(separator: separator.utf8))
    }
}
