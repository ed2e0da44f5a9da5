// SPDX-License-Identifier: Apache-2.0

import Gateway
import Glibc

/// What a configuration may refer to outside of itself.
struct Surroundings {
    /// The variables that `${NAME}` stands for.
    var environment: [String: String] = [:]
    /// Why `http2` of a backend without TLS cannot be had; `nil` if it can. Asked only where it is wanted.
    var cleartextHTTP2: () -> String? = { BackendRules.problemWithCleartextHTTP2 }
    /// Whether this machine has a network interface of that name.
    var hasInterface: (String) -> Bool = { unsafe if_nametoindex($0) != 0 }
    /// Whether there is a file or folder at this path.
    var exists: (String) -> Bool = { unsafe access($0, F_OK) == 0 }
    /// Reads a file that a key names. Throws one problem that says why it cannot.
    var file: (String) throws(ConfigurationFailure) -> FileContents.Contents = FileContents.readRegular
}
