// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Reactor

@Suite final class RegistrationsTests {
    private final class Handler: EventHandler {
        func handle(_ readiness: Readiness, on descriptor: Int32) {}
    }

    private let handler = Handler()
    private let other = Handler()
    private var registrations = Registrations()

    /// What the kernel would be told, as text.
    private func changes() -> [String] {
        var list: [String] = []
        while let change = registrations.nextChange() {
            switch change {
            case .add(let descriptor, let interest, _): list.append("add \(descriptor) \(interest.rawValue)")
            case .modify(let descriptor, let interest, _): list.append("modify \(descriptor) \(interest.rawValue)")
            case .remove(let descriptor): list.append("remove \(descriptor)")
            }
        }
        return list
    }

    @Test func anEventFindsItsHandler() throws {
        let data = registrations.add(7, .readable, handler: handler)
        let found = try #require(registrations.handler(for: data))
        #expect(found.0 == 7)
        #expect(found.1 === handler)
    }

    @Test func anEventOfAFormerRegistrationIsDropped() throws {
        let stale = registrations.add(7, .readable, handler: handler)
        registrations.remove(7)
        #expect(registrations.handler(for: stale) == nil)
        let fresh = registrations.add(7, .readable, handler: other)
        #expect(registrations.handler(for: stale) == nil)
        #expect(try #require(registrations.handler(for: fresh)).1 === other)
    }

    @Test func onlyWhatIsRegisteredCanBeRemoved() {
        func remove() -> Bool { registrations.remove(7) }
        #expect(!remove())
        _ = registrations.add(7, .readable, handler: handler)
        #expect(remove())
        #expect(!remove())
    }

    @Test func aWishThatGoesAndComesBackCostsNothing() {
        _ = registrations.add(7, .readable, handler: handler)
        registrations.setInterest([.readable, .writable], of: 7)
        registrations.setInterest([], of: 7)
        registrations.setInterest(.readable, of: 7)
        #expect(changes().isEmpty)
    }

    @Test func aChangedWishIsToldOnceAndAsItIsLast() {
        _ = registrations.add(7, .readable, handler: handler)
        registrations.setInterest(.writable, of: 7)
        registrations.setInterest([.readable, .writable], of: 7)
        #expect(changes() == ["modify 7 3"])
        #expect(changes().isEmpty)
    }

    /// Without interest the kernel still tells of errors and hang-ups, so it must forget the descriptor and be told of it
    /// anew.
    @Test func noInterestMeansThatTheKernelForgetsUntilThereIsOne() {
        _ = registrations.add(7, .readable, handler: handler)
        registrations.setInterest([], of: 7)
        #expect(changes() == ["remove 7"])
        registrations.setInterest(.writable, of: 7)
        #expect(changes() == ["add 7 2"])
        registrations.setInterest(.readable, of: 7)
        #expect(changes() == ["modify 7 1"])
    }

    @Test func aDescriptorThatIsGoneHasNoChanges() {
        _ = registrations.add(7, .readable, handler: handler)
        registrations.setInterest(.writable, of: 7)
        registrations.remove(7)
        #expect(changes().isEmpty)
        registrations.setInterest(.writable, of: 7)
        #expect(changes().isEmpty)
    }

    /// The number stands in the list of changes from its former life.
    @Test func aReusedNumberDoesNotInheritAChange() {
        _ = registrations.add(7, .readable, handler: handler)
        registrations.setInterest(.writable, of: 7)
        registrations.remove(7)
        _ = registrations.add(7, .readable, handler: other)
        #expect(changes().isEmpty)
        registrations.setInterest(.writable, of: 7)
        #expect(changes() == ["modify 7 2"])
    }
}
