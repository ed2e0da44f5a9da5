// SPDX-License-Identifier: Apache-2.0

/// What a configuration may refer to outside of itself.
struct Surroundings {
    /// The variables that `${NAME}` stands for.
    var environment: [String: String] = [:]
    /// Reads a file that a key names. Throws one problem that says why it cannot.
    var file: (String) throws(ConfigurationFailure) -> FileContents.Contents = FileContents.read
}
