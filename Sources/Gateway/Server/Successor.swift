// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// A process that is to replace this one.
struct Successor {
    /// How long it may take until it serves. One that is well takes less than a second; one that hangs would keep every other
    /// from being tried.
    static let patience = Duration.seconds(30)

    let process: SpawnedProcess
    /// It serves, and has asked this one to stop.
    var serves = false

    var id: Int32 { process.id }
}
