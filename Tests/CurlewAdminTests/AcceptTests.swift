// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewAdmin

@Suite struct AcceptTests {
    @Test(arguments: [
        (nil, false), ("", false), ("*/*", false), ("application/*", false), ("application/json", true),
        ("Application/JSON ; charset=utf-8", true), ("application/json, */*", true),
        ("text/html, application/json", true),
        ("application/json;q=0.1, application/yaml", false), ("application/yaml;q=0.1, application/json", true),
        ("application/json;q=0", false), ("application/json;q=0.5, */*", false),
        ("application/json; q=0.5, */*;q=0.4", true), ("application/json;q=0.5, application/*;q=0.6", false),
        ("application/json, application/yaml", false), ("application/json;q=x", true), ("application/jsonp", false),
    ])
    func theOtherFormIsForThoseWhoLikeItBetter(field: String?, prefers: Bool) {
        #expect(Accept(field).prefers("application/json", to: "application/yaml") == prefers)
    }
}
