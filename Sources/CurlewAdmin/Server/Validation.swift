// SPDX-License-Identifier: Apache-2.0

import CurlewConfig
import Gateway

/// Whether a configuration is valid. A large one takes a while to read, and nobody else waits for that.
struct Validation: LocalWait {
    private let errand: Errand<JSON>

    private static let pause = Duration.milliseconds(5)

    init(of text: String, for subject: AdminResponder.Subject) throws(Problem) {
        do {
            errand = try Errand { Self.verdict(on: text, for: subject) }
        } catch {
            throw Problem(status: 503, detail: "\(error); try again")
        }
    }

    var isRunning: Bool { errand.value == nil }

    private static func verdict(on text: String, for subject: AdminResponder.Subject) -> JSON {
        do throws(ConfigurationRefused) {
            let change = subject.control.change(to: try subject.loader.check(text: text))
            return .object([("valid", .boolean(true)), ("changes", change?.list ?? .array([]))])
        } catch {
            return .object([("valid", .boolean(false)), ("problems", .problems(error.problems))])
        }
    }

    func look() -> LocalLook {
        guard let verdict = errand.value else { return .unknown(pause: Self.pause) }
        return .known(.respond(.json(verdict)))
    }
}
