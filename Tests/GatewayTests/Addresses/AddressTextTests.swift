// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

struct AddressTextTests {
    private func text(_ address: AddressText) -> String {
        address.withBytes { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
    }

    @Test func aTextIsTakenAsItIs() {
        let longest = "0000:0000:0000:0000:0000:ffff:255.255.255.255"
        #expect(text(AddressText(longest)) == longest)
        #expect(text(AddressText(Array("2001:db8::1".utf8).span)) == "2001:db8::1")
        #expect(text(AddressText(String(repeating: "a", count: 100))) == String(repeating: "a", count: 46))
        #expect(text(AddressText()) == "")
    }
}
