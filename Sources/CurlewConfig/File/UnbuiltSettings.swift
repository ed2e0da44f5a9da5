// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Settings that are read and checked, and that nothing acts on yet. A file that has one is refused: nobody is to believe
/// a setting to be in force that is not. What gets built leaves this list.
extension GatewayConfiguration {
    /// A problem for each such setting.
    func unbuiltSettings(in file: String) -> [Problem] {
        let names = pools.flatMap { $0.unbuilt }
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
        for backend in backends {
            names += backend.options.unbuilt.map { "pools.\(name).backends: \($0) of \(backend.url)" }
        }
        return names
    }
}

extension BackendOptions {
    fileprivate var unbuilt: [String] {
        let given: [(String, Bool)] = [
            ("http2", http2), ("aws_sigv4", awsSigV4 != nil),
        ]
        return given.filter(\.1).map(\.0)
    }
}
