// SPDX-License-Identifier: Apache-2.0

import Gateway

@testable import CurlewConfig

/// What would become of a request, in a file with this text.
func explain(
    _ method: String,
    _ url: String,
    _ headers: [String] = [],
    from: String = "192.0.2.1",
    in yaml: String
) throws -> Explanation {
    let draft = try RequestDraft(
        method: method,
        url: url,
        headers: headers,
        from: IPAddress(from) ?? IPAddress(ipv4: 0)
    )
    return try Explainer(ConfigurationReader.read(yaml, file: "test.yaml")).explain(draft)
}

/// The same, where it is known how the backends are doing.
func explain(
    _ url: String,
    _ headers: [String] = [],
    in yaml: String,
    condition: @escaping (String, Int) -> BackendCondition
) throws -> Explanation {
    let draft = try RequestDraft(
        method: "GET",
        url: url,
        headers: headers,
        from: IPAddress("192.0.2.1") ?? IPAddress(ipv4: 0)
    )
    return try Explainer(ConfigurationReader.read(yaml, file: "test.yaml"), condition: condition).explain(draft)
}

/// A file with one pool of three backends, `http://b0:1` to `http://b2:1`, and these members.
func pool(_ members: String, backends: String = "[\"http://b0:1\", \"http://b1:1\", \"http://b2:1\"]") -> String {
    "pools:\n  web:\n    backends: \(backends)\n    \(members)\n"
}

/// A file with one backend and one route that has these members.
func route(_ members: String) -> String {
    "pools:\n  web:\n    backends: [\"http://b0:1\"]\nroutes:\n  - { pool: web, \(members) }\n"
}
