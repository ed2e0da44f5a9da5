// SPDX-License-Identifier: Apache-2.0

import CRuntime
import Glibc

enum AnsweredCalls {
    /// What libcurl calls of the C library is answered by the program. Under a sanitizer, which answers it itself, nothing is spliced.
    static let areOurs: Bool = {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(descriptor)
            curlew_forget_sockets()
        }
        return curlew_expect_silence(descriptor) != 0
    }()
}
