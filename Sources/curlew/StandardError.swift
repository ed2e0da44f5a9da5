// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where everything goes that is not the answer to a question.
enum StandardError {
    /// Writes `text` and a newline. Nothing can be done where standard error is closed, so a failure is ignored.
    static func write(_ text: String) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
