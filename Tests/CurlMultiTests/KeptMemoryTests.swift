// SPDX-License-Identifier: Apache-2.0

import CRuntime
import Glibc
import Testing

/// What libcurl is given for malloc. What is kept is the thread's, so each test says at its end that nothing is.
@Suite struct KeptMemoryTests {
    @Test(arguments: [0, 1, 24, 25, 40, 41, 1000, 3000, 3040, 3041, 100_000])
    func piecesAreAsLargeAsAskedForHoweverOftenTheyAreUsed(size: Int) throws {
        curlew_keep_memory(1 << 20)
        defer { curlew_keep_memory(0) }
        for _ in 0..<3 {
            let pieces = try (0..<20).map { _ in try #require(curlew_allocate(size)) }
            for (number, piece) in pieces.enumerated() { memset(piece, Int32(number), size) }
            for (number, piece) in pieces.enumerated() {
                let bytes = UnsafeRawBufferPointer(start: piece, count: size)
                #expect(bytes.allSatisfy { $0 == number })
            }
            for piece in pieces { curlew_free(piece) }
        }
        let zeroed = try #require(curlew_allocate_zeroed(1, size))
        #expect(UnsafeRawBufferPointer(start: zeroed, count: size).allSatisfy { $0 == 0 })
        curlew_free(zeroed)
    }

    @Test func aProductThatOverflowsIsRefused() {
        #expect(curlew_allocate_zeroed(Int.max, 3) == nil)
    }

    @Test func reallocatingKeepsTheBytes() throws {
        curlew_keep_memory(1 << 20)
        defer { curlew_keep_memory(0) }
        var memory = curlew_reallocate(nil, 10)
        memset(try #require(memory), 7, 10)
        for size in [5, 200, 3000, 50_000, 200_000] {
            memory = curlew_reallocate(memory, size)
            let bytes = UnsafeRawBufferPointer(start: try #require(memory), count: 5)
            #expect(bytes.allSatisfy { $0 == 7 })
        }
        curlew_free(memory)
        let copy = try #require(curlew_duplicate("text"))
        #expect(String(cString: copy) == "text")
        curlew_free(copy)
    }
}
