// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CurlewConfig

@Suite struct ReferenceTests {
    /// What stands behind the heading is written by this test when `CURLEW_WRITE_REFERENCE` is set.
    @Test func thePageListsEverySettingAsItIs() throws {
        let file = ShownConfiguration.root.appending(path: "Sources/Gateway/Gateway.docc/Configuration.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let heading = "## Every setting\n\n"
        let start = try #require(page.firstRange(of: heading))
        let generated = Reference.text
        if ProcessInfo.processInfo.environment["CURLEW_WRITE_REFERENCE"] != nil {
            try (page[..<start.upperBound] + generated).write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(
            page[start.upperBound...] == generated,
            "write it again: CURLEW_WRITE_REFERENCE=1 swift test --disable-xctest --filter ReferenceTests"
        )
    }
}
