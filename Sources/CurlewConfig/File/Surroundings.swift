// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What a configuration may refer to outside of itself.
struct Surroundings {
    /// The variables that `${NAME}` stands for.
    var environment: [String: String] = [:]
    /// Why `http2` of a backend without TLS cannot be had; `nil` if it can. Asked only where it is wanted.
    var cleartextHTTP2: () -> String? = { BackendRules.problemWithCleartextHTTP2 }
    /// Reads a file that a key names. Throws one problem that says why it cannot.
    var file: (String) throws(ConfigurationFailure) -> FileContents.Contents = FileContents.readRegular
}
