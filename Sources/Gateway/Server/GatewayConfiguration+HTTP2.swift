// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// What `http2` of a backend comes to with a libcurl that does not speak it well enough; see
/// ``CurlLibrary/speaksHTTP2``.
extension GatewayConfiguration {
    private func firstHTTP2Backend(_ scheme: BackendURL.Scheme) -> BackendURL? {
        guard !CurlLibrary.speaksHTTP2 else { return nil }
        for pool in pools {
            for backend in pool.backends where backend.options.http2 && backend.url.scheme == scheme {
                return backend.url
            }
        }
        return nil
    }

    private static let needed =
        "HTTP/2 to backends needs libcurl 8.10 or newer, and this is \(CurlLibrary.runningVersion)"

    /// Why the gateway cannot start. Without TLS nothing is negotiated: the backend may know HTTP/2 alone.
    var unspeakableHTTP2: String? {
        firstHTTP2Backend(.http).map {
            "http2 of the backend \($0): \(Self.needed); use a newer one, or remove http2 if the backend speaks HTTP/1.1 too"
        }
    }

    /// What the operator is to know. Whoever negotiates takes HTTP/1.1 too.
    var unusedHTTP2: String? {
        firstHTTP2Backend(.https).map { "http2 of the backend \($0): \(Self.needed); HTTP/1.1 is used" }
    }
}
