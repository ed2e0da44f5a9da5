// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What operators change beside the file, as a value.
@Suite struct OverridesTests {
    private let file = GatewayConfiguration(backends: makeBackends(3))
    private var ids: [String] { file.pools[0].backends.map(\.id) }
    /// A fourth one.
    private let other = makeBackends(4)[3]

    private func after(_ writes: Overrides.Write..., in file: GatewayConfiguration? = nil) throws -> Overrides {
        try writes.reduce(Overrides()) { try $0.after($1, in: file ?? self.file) }
    }

    private func ports(_ overrides: Overrides, in file: GatewayConfiguration? = nil) -> [String] {
        overrides.applied(to: file ?? self.file).pools[0].backends.map { "\($0.url.description.suffix(1))" }
    }

    @Test func nothingLeavesTheFileAsItIs() {
        #expect(Overrides().isEmpty && Overrides().applied(to: file) == file)
    }

    @Test func aChangeIsBesideTheFileAndWhatIsNotNamedStays() throws {
        let overrides = try after(
            .change(.init(weight: 5), of: ids[1], in: "default"),
            .change(.init(isEnabled: false), of: ids[1], in: "default")
        )
        let backend = overrides.applied(to: file).pools[0].backends[1]
        #expect(backend.weight == 5 && !backend.isEnabled)
        #expect(overrides.applied(to: file).pools[0].backends[0] == file.pools[0].backends[0])
    }

    @Test func whatIsAsTheFileSaysIsNoOverride() throws {
        let overrides = try after(
            .change(.init(weight: 5, isEnabled: false), of: ids[1], in: "default"),
            .change(.init(weight: 1, isEnabled: true), of: ids[1], in: "default"),
            .setLogLevel(.debug),
            .setLogLevel(.info)
        )
        #expect(overrides.isEmpty)
    }

    @Test func backendsComeAndGo() throws {
        let added = try after(.add(other, to: "default"))
        #expect(ports(added) == ["1", "2", "3", "4"])
        let removed = try added.after(.remove(ids[0], from: "default"), in: file)
        #expect(ports(removed) == ["2", "3", "4"])
        #expect(
            try removed.after(.remove(other.id, from: "default"), in: file) == after(.remove(ids[0], from: "default"))
        )
        // One of the file that comes back as it was is no override; as another it is.
        #expect(try removed.after(.add(file.pools[0].backends[0], to: "default"), in: file) == added)
        var heavier = file.pools[0].backends[0]
        heavier.weight = 9
        let back = try removed.after(.add(heavier, to: "default"), in: file)
        #expect(ports(back) == ["2", "3", "4", "1"])
        #expect(back.applied(to: file).pools[0].backends[3].weight == 9)
        #expect(try back.after(.remove(ids[0], from: "default"), in: file) == removed)
    }

    @Test func whatCannotBeIsRefused() throws {
        func refusal(_ write: Overrides.Write, _ overrides: Overrides = Overrides()) -> Overrides.Refusal? {
            do throws(Overrides.Refusal) {
                _ = try overrides.after(write, in: file)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(.change(.init(weight: 2), of: ids[0], in: "none")) == .noPool)
        #expect(refusal(.change(.init(weight: 2), of: other.id, in: "default")) == .noBackend)
        #expect(refusal(.remove(other.id, from: "default")) == .noBackend)
        #expect(refusal(.add(file.pools[0].backends[2], to: "default")) == .isThere(id: ids[2]))
        let two = try after(.remove(ids[0], from: "default"), .remove(ids[1], from: "default"))
        #expect(refusal(.remove(ids[2], from: "default"), two) == .isLast)
        #expect(refusal(.change(.init(weight: 2), of: ids[0], in: "default"), two) == .noBackend)
    }

    @Test func aReloadKeepsWhatStillMeansSomething() throws {
        let overrides = try after(
            .change(.init(weight: 5), of: ids[0], in: "default"),
            .change(.init(weight: 6), of: ids[1], in: "default"),
            .remove(ids[2], from: "default"),
            .add(other, to: "default"),
            .change(.init(isEnabled: false), of: other.id, in: "default")
        )
        #expect(overrides.kept(in: file) == overrides)
        var changed = file
        changed.pools[0].backends.remove(at: 0)
        changed.pools[0].backends[0].weight = 6
        let kept = overrides.kept(in: changed)
        #expect(kept.pools["default"]?.changes.keys.sorted() == [other.id])
        #expect(ports(kept, in: changed) == ["2", "4"])
        // The file has it itself now, and the change of it goes on.
        changed.pools[0].backends.append(other)
        #expect(overrides.kept(in: changed).pools["default"]?.added == [])
        #expect(ports(overrides.kept(in: changed), in: changed) == ["2", "4"])
        #expect(overrides.kept(in: changed).applied(to: changed).pools[0].backends[1].isEnabled == false)
        changed.pools[0].name = "another"
        #expect(overrides.kept(in: changed).isEmpty)
    }

    @Test func whatWasSaidOfAnAddedBackendOutlivesThatTheFileNamesIt() throws {
        var added = other
        (added.weight, added.isEnabled) = (50, false)
        let overrides = try after(.add(added, to: "default"))
        var changed = file
        changed.pools[0].backends.append(other)
        let kept = overrides.kept(in: changed)
        #expect(kept.pools["default"]?.added == [])
        #expect(kept.pools["default"]?.changes == [other.id: .init(weight: 50, isEnabled: false)])
        // What was turned since counts, and what nobody has said is the file's to say.
        let turned = try overrides.after(.change(.init(weight: 7), of: other.id, in: "default"), in: file)
        #expect(turned.kept(in: changed).pools["default"]?.changes[other.id] == .init(weight: 7, isEnabled: false))
        changed.pools[0].backends[3].weight = 4
        #expect(try after(.add(other, to: "default")).kept(in: changed).isEmpty)
        changed.pools[0].backends[3] = added
        #expect(overrides.kept(in: changed).isEmpty)
    }

    @Test func whatIsForgottenIsNamed() throws {
        let overrides = try after(
            .change(.init(weight: 5, isEnabled: false), of: ids[0], in: "default"),
            .change(.init(weight: 6), of: ids[1], in: "default"),
            .remove(ids[2], from: "default"),
            .add(other, to: "default"),
            .setLogLevel(.debug)
        )
        func forgotten(_ changed: GatewayConfiguration) throws -> [String] {
            let note = overrides.forgottenNote(keeping: overrides.kept(in: changed), beside: file)
            guard let note else { return [] }
            return try #require(note.split(separator: "without backends: ").last).split(separator: "; ").map(
                String.init
            )
        }
        #expect(try forgotten(file) == [])
        var changed = file
        changed.pools[0].backends.append(other)
        changed.pools[0].backends[0].weight = 5
        #expect(
            try forgotten(changed) == ["pool default http://localhost:3001: weight 5", "pool default +\(other.url)"]
        )
        changed.pools[0].name = "another"
        changed.log.level = .debug
        #expect(
            try forgotten(changed) == [
                "log.level debug", "pool default http://localhost:3001: weight 5, enabled false",
                "pool default http://localhost:3002: weight 6", "pool default -http://localhost:3003",
                "pool default +\(other.url)",
            ]
        )
    }

    @Test func noPoolIsLeftWithoutBackendsByAReload() throws {
        let overrides = try after(.remove(ids[0], from: "default"))
        var changed = file
        changed.pools[0].backends.removeLast(2)
        #expect(overrides.kept(in: changed).isEmpty)
        #expect(ports(overrides.kept(in: changed), in: changed) == ["1"])
    }

    @Test func allOfItIsForgottenAtOnce() throws {
        #expect(
            try after(.setLogLevel(.debug), .add(other, to: "default"), .remove(ids[0], from: "default"), .forgetAll)
                .isEmpty
        )
    }

    @Test func whatOperatorsTurnIsSaidFromWhatToWhat() throws {
        let overrides = try after(
            .change(.init(weight: 5, isEnabled: false), of: ids[1], in: "default"),
            .remove(ids[0], from: "default"),
            .setLogLevel(.debug)
        )
        let cause = ConfigurationChange.Cause("admin API (127.0.0.1)", isReload: false)
        let change = ConfigurationChange(from: file, to: overrides.applied(to: file), cause: cause)
        #expect(
            change.text == "admin API (127.0.0.1): changed: pool default -http://localhost:3001 "
                + "http://localhost:3002: weight 1 -> 5, enabled true -> false; log.level info -> debug"
        )
    }
}
