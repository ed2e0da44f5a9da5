// SPDX-License-Identifier: Apache-2.0

/// What `curlew --version` prints.
enum Version {
    /// Curlew's own version, as the changelog has it.
    static let curlew = "0.1.0"

    /// libcurl's version and features, as the library that runs reports them.
    // The one place to fill in, from CurlMulti: for example "libcurl/8.14.1 OpenSSL/3.5.1 (HTTP2, UnixSockets, …)".
    static var libcurl: String { "libcurl: unknown" }

    static var text: String { "curlew \(curlew)\n\(libcurl)" }
}
