// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What `curlew --version` prints.
enum Version {
    /// Curlew's own version, as the changelog has it.
    static let curlew = "0.1.0"

    /// Curlew's version, and that of the libcurl that runs, which may be newer than the one compiled against.
    static var text: String { "curlew \(curlew)\n\(Gateway.libcurlVersion)" }
}
