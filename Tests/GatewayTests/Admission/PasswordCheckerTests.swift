// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway
@testable import Reactor

/// Threads that hash, and what they tell whom.
@Suite struct PasswordCheckerTests {
    private func authenticator(_ users: [String: String]) -> BasicAuthenticator {
        var configuration = BasicAuthConfiguration()
        configuration.users = users
        return BasicAuthenticator(configuration)
    }

    private func credentials(_ text: String) throws -> BasicCredentials {
        let credentials = BasicCredentials(Array("Basic \(base64(text))".utf8).span)
        return try #require(credentials)
    }

    private func tag(_ number: UInt64) -> SipHash.Tag { SipHash.Tag(high: 1, low: number) }

    /// What has come, when so many have.
    private func wait(_ inbox: VerdictInbox, count: Int) throws -> [UInt64: VerdictInbox.Verdict] {
        var verdicts: [UInt64: VerdictInbox.Verdict] = [:]
        let deadline = Deadline.usual
        while verdicts.count < count {
            guard !deadline.hasPassed else { throw KitError.deadline(waitingFor: "\(count) verdicts") }
            for (ticket, verdict) in inbox.takeAll() { verdicts[ticket] = verdict }
        }
        return verdicts
    }

    @Test func everyoneIsToldHisOwnVerdict() throws {
        let checker = PasswordChecker(threads: 2, waiting: 100)
        let authenticator = authenticator(["a": Hashes.bcrypt])
        let inboxes = [try VerdictInbox(), try VerdictInbox()]
        for number in 0..<40 as Range<UInt64> {
            let text = number % 4 == 0 ? "a:secret" : number % 4 == 1 ? "b:secret" : "a:wrong\(number)"
            let waiter = PasswordChecker.Waiter(inbox: inboxes[Int(number % 2)], ticket: number)
            #expect(checker.verify(try credentials(text), tag: tag(number), by: authenticator, for: waiter))
        }
        for index in 0..<2 {
            for (ticket, verdict) in try wait(inboxes[index], count: 20) {
                #expect(Int(ticket % 2) == index)
                #expect(verdict == (ticket % 4 == 0 ? .accepted : .refused))
            }
        }
    }

    /// Credentials that many send at once are hashed once; of different ones no more wait than may.
    @Test func whatWaitsIsBoundedAndTheSameWaitsTogether() throws {
        // Nobody hashes, so everything waits.
        let checker = PasswordChecker(threads: 0, waiting: 2)
        let authenticator = authenticator(["a": Hashes.bcrypt])
        let inbox = try VerdictInbox()
        func ask(_ number: UInt64, of checker: PasswordChecker) throws -> Bool {
            let waiter = PasswordChecker.Waiter(inbox: inbox, ticket: number)
            return checker.verify(try credentials("a:secret"), tag: tag(number % 10), by: authenticator, for: waiter)
        }
        for number in 0..<100 as Range<UInt64> where number % 10 < 2 { #expect(try ask(number, of: checker)) }
        for number in 2..<10 as Range<UInt64> { #expect(try !ask(number, of: checker)) }
        #expect(try ask(1, of: checker))
        // Where somebody hashes, all who wait for the same are told.
        let working = PasswordChecker(threads: 1, waiting: 2)
        let tickets = (0..<100 as Range<UInt64>).filter { $0 % 10 < 2 }
        for number in tickets { #expect(try ask(number, of: working)) }
        #expect(try wait(inbox, count: tickets.count).values.allSatisfy { $0 == .accepted })
    }

    /// Else those who come would wait behind hashes that nobody asks for any more.
    @Test func whatHasWaitedTooLongIsNotHashed() throws {
        let checker = PasswordChecker(threads: 1, waiting: 10, longestWait: 0)
        let authenticator = authenticator(["a": Hashes.bcrypt])
        let inbox = try VerdictInbox()
        for number in 0..<5 as Range<UInt64> {
            let waiter = PasswordChecker.Waiter(inbox: inbox, ticket: number)
            #expect(checker.verify(try credentials("a:secret"), tag: tag(number), by: authenticator, for: waiter))
        }
        #expect(try wait(inbox, count: 5).values.allSatisfy { $0 == .unverified })
    }

    @Test func aNameThatNobodyHasTakesAsLong() throws {
        let authenticator = authenticator(["a": Hashes.bcrypt])
        func seconds(_ text: String) throws -> Double {
            let credentials = try credentials(text)
            return (0..<10).map { _ in
                let watch = Stopwatch()
                _ = authenticator.verify(credentials)
                return watch.seconds
            }.min() ?? 0
        }
        let known = try seconds("a:wrong")
        let unknown = try seconds("nobody:wrong")
        // Without a hash it would be a thousandth.
        #expect(unknown > known / 5)
        #expect(try !authenticator.verify(credentials("nobody:secret")))
        #expect(try authenticator.verify(credentials("a:secret")))
    }
}

/// Base64 of text.
func base64(_ text: String) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: 3).map { start in
        let three = (0..<3).map { start + $0 < bytes.count ? Int(bytes[start + $0]) : 0 }
        let word = three[0] << 16 | three[1] << 8 | three[2]
        let text = [18, 12, 6, 0].map { digits[word >> $0 & 63] }
        return String(text.prefix(bytes.count - start + 1))
            + String(repeating: "=", count: max(0, 3 - (bytes.count - start)))
    }.joined()
}
