// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What went wrong while a test was talking to something.
package enum KitError: Error, Equatable, CustomStringConvertible {
    /// The awaited thing did not happen in time.
    case deadline(waitingFor: String)
    /// The other side ended the connection in the middle of a message.
    case truncated(String)
    /// The other side reset the connection.
    case reset
    /// The other side sent something that is not HTTP/1.1.
    case malformed(String)
    /// The kernel refused.
    case system(call: String, code: Int32)
    /// The gateway ended or misbehaved; the text has its output.
    case process(String)

    package var description: String {
        switch self {
        case .deadline(let what): "the deadline passed while waiting for \(what)"
        case .truncated(let what): "the connection ended in the middle of \(what)"
        case .reset: "the connection was reset"
        case .malformed(let what): "malformed message: \(what)"
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .process(let what): what
        }
    }

    /// The error of the call that has just failed.
    static func last(_ call: String) -> KitError { .system(call: call, code: errno) }
}
