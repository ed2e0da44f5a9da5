// SPDX-License-Identifier: Apache-2.0

internal import Reactor

extension Duration {
    /// As it is written in a configuration: `3s`, `250ms`.
    var text: String {
        let milliseconds = wholeNanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
