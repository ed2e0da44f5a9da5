// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A system call that failed: which one, and what the kernel said.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name of the call, as in its manual page.
    package let call: String
    /// The value of `errno`.
    package let code: Int32

    package init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    /// The kernel's own words, for example `Address already in use`.
    package var reason: String { SystemError.text(of: code) }

    package var description: String { "\(call): \(reason)" }

    /// The text of an `errno` value.
    package static func text(of code: Int32) -> String {
        // strerror_r's XSI form writes into our buffer, so this is safe on any thread.
        var buffer = [CChar](repeating: 0, count: 128)
        unsafe strerror_r(code, &buffer, buffer.count)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
