// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import CurlewAdmin

@Suite struct JSONTests {
    @Test func whatClientsSendIsEscaped() throws {
        let hostile = "\"\\\u{0}\u{1F}\u{7F}\n</script>é"
        let text = String(decoding: JSON.object([("a", .string(hostile))]).bytes, as: UTF8.self)
        #expect(try JSONValue(text)["a"]?.string == hostile)
        #expect(!text.utf8.contains { $0 < 0x20 })
    }

    @Test func numbersThatJSONHasNoWordForAreNull() {
        #expect(
            String(decoding: JSON.array([.number(.nan), .number(1.5), .integer(-1), .null]).bytes, as: UTF8.self)
                == "[null,1.5,-1,null]"
        )
    }
}
