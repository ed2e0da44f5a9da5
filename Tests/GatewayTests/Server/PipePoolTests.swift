// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Gateway
@testable import Reactor

@Suite struct PipePoolTests {
    @Test func thereAreOnlySoMany() throws {
        let pool = PipePool(atMost: 2)
        let first = try #require(pool.take())
        let second = try #require(pool.take())
        #expect(first !== second)
        #expect(pool.take() == nil)
        pool.give(first)
        #expect(pool.take() === first)
        #expect(PipePool(atMost: 0).take() == nil)
    }

    /// Somebody else's bytes must never reach a client.
    @Test func oneWithSomethingInItIsNotUsedAgain() throws {
        let pool = PipePool(atMost: 1)
        let pipe = try #require(pool.take())
        #expect(write(pipe.writeEnd, "x", 1) == 1)
        pool.give(pipe)
        let next = try #require(pool.take())
        #expect(next !== pipe)
        #expect(next.isEmpty)
        #expect(pool.take() == nil)
    }

    @Test func thoseThatNobodyNeedsAreClosedAndMayBeMadeAgain() throws {
        let pool = PipePool(atMost: 64)
        var pipes: [SplicePipe] = []
        while let pipe = pool.take() { pipes.append(pipe) }
        #expect(pipes.count == 64)
        for pipe in pipes { pool.give(pipe) }
        pipes.removeAll()
        #expect(pool.isLarge)
        _ = pool.trim()
        #expect(pool.trim() == 48)
        #expect(!pool.isLarge)
        while let pipe = pool.take() { pipes.append(pipe) }
        #expect(pipes.count == 64)
    }

    @Test func whereDescriptorsAreFewResponsesAreCopied() {
        #expect(DescriptorLimit.pipes(workers: 2, descriptors: 1 << 20) == 64)
        #expect(DescriptorLimit.pipes(workers: 4, descriptors: 1024) == 4)
        #expect(DescriptorLimit.pipes(workers: 64, descriptors: 1024) == 0)
    }
}
