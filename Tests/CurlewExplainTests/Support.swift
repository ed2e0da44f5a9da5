// SPDX-License-Identifier: Apache-2.0

import Gateway

@testable import CurlewConfig

/// What would become of a request, in a file with this text.
func explain(
    _ method: String,
    _ url: String,
    _ headers: [String] = [],
    from: String = "192.0.2.1",
    in yaml: String,
    condition: ((String, Int) -> BackendCondition)? = nil
) throws -> Explanation {
    let configuration = try ConfigurationReader.read(yaml, file: "test.yaml")
    let address = IPAddress(from) ?? IPAddress(ipv4: 0)
    let draft = try RequestDraft(method: method, url: url, headers: headers, from: address)
    return try Explainer(configuration, condition: condition).explain(draft)
}

/// A file with one pool of three backends, `http://b0:1` to `http://b2:1`, and these members.
func pool(_ members: String, backends: String = "[\"http://b0:1\", \"http://b1:1\", \"http://b2:1\"]") -> String {
    "pools:\n  web:\n    backends: \(backends)\n    \(members)\n"
}

/// A file with one backend and one route that has these members.
func route(_ members: String) -> String {
    "pools:\n  web:\n    backends: [\"http://b0:1\"]\nroutes:\n  - { pool: web, \(members) }\n"
}
