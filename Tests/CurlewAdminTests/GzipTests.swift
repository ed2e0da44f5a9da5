// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

@testable import CurlewAdmin

/// What is packed is unpacked by the real gzip.
@Suite struct GzipTests {
    private static let lines = (0..<20_000).map {
        "curlew_backend_up{pool=\"web\",backend=\"http://10.0.0.\($0 % 251)\"} \($0)\n"
    }

    static let samples: [[UInt8]] = [
        [], [0], Array("abc".utf8), Array("abcdabcdabcdabcd".utf8), Array(repeating: 65, count: 100_000),
        (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) },
        (0...255).map { UInt8($0) } + (0...255).map { UInt8($0) },
        Array(lines.joined().utf8),
        // Matches as far back as they may be, and one byte farther.
        noise(32_768) + noise(32_768), noise(32_769) + noise(32_769), noise(5000) + noise(5000) + noise(5000),
    ]

    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    @Test(arguments: samples.indices) func gzipUnpacksIt(index: Int) throws {
        let folder = try TemporaryFolder()
        let (packed, plain) = (folder.file("sample.gz"), folder.file("sample"))
        try Data(Gzip.pack(Self.samples[index])).write(to: URL(filePath: packed))
        let tool = try ChildProcess(
            ["/bin/sh", "-c", "gzip -dc \(packed) >\(plain)"],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        #expect(try tool.waitForExit() == .status(0), "\(tool.standardError.lines)")
        #expect(try Array(Data(contentsOf: URL(filePath: plain))) == Self.samples[index])
    }

    @Test func linesThatAreAlikeBecomeATenth() {
        let text = Array(Self.lines.joined().utf8)
        #expect(Gzip.pack(text).count < text.count / 5)
    }

    @Test func theCheckSumIsThatOfTheSpecification() {
        #expect(CRC32.of(Array("123456789".utf8).span) == 0xCBF4_3926)
    }

    @Test(arguments: [
        ("gzip", true), ("deflate, GZIP;q=0.5", true), ("gzip;q=0", false), ("gzip; q=0.0", false), ("br", false),
        ("", false),
        ("x-gzipped", false), ("identity, gzip ; q=0.001", true),
    ])
    func gzipIsSentToThoseWhoTakeIt(field: String, takes: Bool) {
        #expect(MetricsPage.takesGzip(field) == takes)
        #expect(!MetricsPage.takesGzip(nil))
    }
}
