// SPDX-License-Identifier: Apache-2.0

/// One setting of the file: its name, and all that is known of it.
struct Key: Sendable {
    let name: String
    let kind: Kind
    /// As it would be written; `nil` where there is none, or where it depends on others, which the text then says.
    let standard: String?
    /// A value other than the default, as it would be written on the line of the key.
    let example: String
    /// What it means and how to set it, in one sentence or two.
    let text: String

    init(_ name: String, _ kind: Kind, default standard: String? = nil, example: String, _ text: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.example = example
        self.text = text
    }
}
