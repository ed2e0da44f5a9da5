// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import Testing

@Suite struct CurlLibraryTests {
    @Test func theLibraryThatRunsSaysWhoItIs() throws {
        let library = try CurlLibrary.load()
        #expect(library.versionNumber >= 0x07_58_00)
        #expect(library.versionLine.hasPrefix("libcurl \(library.version) ("))
        #expect(library.features.contains("UnixSockets"))
    }

    @Test func codesSpeakLibcurlsWords() {
        #expect(CurlCode.CURLE_COULDNT_CONNECT.rawValue == 7)
        #expect("\(CurlCode.CURLE_OK)" == "No error")
        #expect(!"\(CurlCode(rawValue: 9999))".isEmpty)
    }
}
