// SPDX-License-Identifier: Apache-2.0

/// What a configuration must keep to so that its routes can be used.
package enum RouteRules {
    /// Why no request could have this path, or begin with it; `nil` if one could.
    package static func problem(withPath path: String) -> String? {
        let bytes = Array(path.utf8)
        var reader = PathReader()
        switch reader.read(bytes.span) {
        case .plain, .escaped: return nil
        case .ambiguous: return PathProblem.ambiguous.reason
        case .refused(let problem): return problem.reason
        }
    }

    /// Why a route may not change this header field; `nil` if it may.
    package static func problem(withField name: String) -> String? {
        HeaderEditor.problem(with: name)
    }
}
