// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What `curlew --version` prints.
enum Version {
    /// Curlew's own version, as the changelog has it.
    static let curlew = "0.1.0"

    /// libcurl's version and features, as the library that runs reports them.
    static var libcurl: String { Gateway.libcurlVersion }

    static var text: String { "curlew \(curlew)\n\(libcurl)" }
}
