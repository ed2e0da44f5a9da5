// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Settings that are read and checked, and that nothing acts on yet. A file that has one is refused: nobody is to believe
/// a setting to be in force that is not. What gets built leaves this list.
extension GatewayConfiguration {
    /// A problem for each such setting.
    func unbuiltSettings(in file: String) -> [Problem] {
        let names = pools.flatMap { $0.unbuilt } + routes.flatMap { $0.unbuilt }
        return names.map {
            Problem(
                .file(file),
                "\($0) is not built yet, and this version of Curlew would not act on it",
                hint: "remove it"
            )
        }
    }
}

extension PoolConfiguration {
    fileprivate var unbuilt: [String] {
        var names: [String] = []
        if sticky != nil { names.append("pools.\(name).sticky") }
        if queue != QueueConfiguration() { names.append("pools.\(name).queue") }
        return names
    }
}

extension RouteConfiguration {
    fileprivate var unbuilt: [String] {
        overrides.mirror == nil ? [] : ["routes: mirror of \(title)"]
    }
}
