// SPDX-License-Identifier: Apache-2.0

/// Why the gateway could not start: one line that says what happened and what to do.
package struct StartError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
