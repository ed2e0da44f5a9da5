// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

/// The table of settings, the reader and the writer agree. (That no key is read that is not declared, an assertion in
/// `Fields` sees to.)
@Suite struct EverySettingTests {
    @Test func everySectionHasAPlaceInAFile() {
        #expect(Set(Section.top.all.map(\.name)) == Set(EverySetting.places.keys))
        for section in Section.top.all {
            let names = section.keys.map(\.name)
            #expect(Set(names).count == names.count)
            let mentioned = section.required + section.exactlyOne + section.exclusive.flatMap(\.keys)
            #expect(mentioned.allSatisfy(names.contains), "\(section.name)")
        }
    }

    @Test(arguments: EverySetting.all)
    func itsExampleIsValidAndChangesTheConfiguration(setting: EverySetting) throws {
        let with = try EverySetting.read(setting.file(setting.key.example)).configuration
        if setting.isRequired {
            #expect(throws: ConfigurationFailure.self) { try EverySetting.read(setting.file(nil)) }
        } else if let without = try? EverySetting.read(setting.file(nil)).configuration {
            // Where it cannot be left out alone, as the only key of `access`, it is read all the same.
            #expect(with != without)
        }
    }

    @Test(arguments: EverySetting.all.filter { $0.key.standard != nil })
    func itsDefaultIsWhatHoldsWithoutIt(setting: EverySetting) throws {
        let standard = try #require(setting.key.standard)
        let with = try EverySetting.read(setting.file(standard)).configuration
        #expect(try EverySetting.read(setting.file(nil)).configuration == with)
    }

    @Test(arguments: EverySetting.all)
    func aConfigurationWithItIsWrittenAndReadBack(setting: EverySetting) throws {
        let configuration = try EverySetting.read(setting.file(setting.key.example)).configuration
        let text = ConfigurationWriter(showsSecrets: true).tree(configuration).yaml
        #expect(try EverySetting.read(text).configuration == configuration, "\(text)")
    }

    @Test(arguments: Section.top.all.map(\.name))
    func theExampleInHintsIsValid(name: String) throws {
        let section = try #require(Section.top.all.first { $0.name == name })
        var example = section.example.replacing("{ pool: shadow", with: "{ pool: other")
        if let start = example.firstRange(of: ": {"), !example.hasPrefix("{") {
            example = String(example[start.lowerBound...].dropFirst(2))
        }
        if name == "file" { example = "{ \(example) }" }
        let place = try #require(EverySetting.places[name])
        let text = place.replacing("{ pool: web, percent: 0 }", with: "{ pool: other, percent: 10 }")
        _ = try EverySetting.read(text.replacing("@", with: example))
    }
}
