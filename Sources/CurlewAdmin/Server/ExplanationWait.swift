// SPDX-License-Identifier: Apache-2.0

import CurlewExplain
import Gateway

/// What would become of a request. With many routes, or with a password whose hash is made to be slow, that takes a while, and
/// nobody but those who ask the same waits for it.
struct ExplanationWait: LocalWait {
    private let draft: RequestDraft
    private let control: GatewayControl
    private let isText: Bool
    private let turns: Turns
    private let deadline = ContinuousClock.now.advanced(by: .seconds(10))
    private var errand: Errand<LocalResponse>?

    private static let pause = Duration.milliseconds(2)

    /// `asText` is for people; else it is JSON.
    init(_ draft: RequestDraft, by control: GatewayControl, asText: Bool, turns: Turns) {
        self.draft = draft
        self.control = control
        isText = asText
        self.turns = turns
    }

    mutating func look() -> LocalLook {
        if let errand {
            return errand.value.map { .known(.respond($0)) } ?? .unknown(pause: Self.pause)
        }
        guard turns.begin() else {
            guard ContinuousClock.now < deadline else {
                return refusal("too many ask what would become of a request; try again")
            }
            return .unknown(pause: Self.pause)
        }
        do throws(StartError) {
            errand = try Errand { [draft, control, isText, turns] in
                defer { turns.end() }
                return Self.response(to: draft, by: control, asText: isText)
            }
            return .unknown(pause: Self.pause)
        } catch {
            turns.end()
            return refusal("\(error); try again")
        }
    }

    private func refusal(_ detail: String) -> LocalLook {
        .known(.respond(Problem(status: 503, detail: detail).response))
    }

    private static func response(
        to draft: RequestDraft,
        by control: GatewayControl,
        asText isText: Bool
    ) -> LocalResponse {
        guard let explanation = Explainer(control)?.explain(draft) else {
            return Problem(status: 503, detail: "the gateway is starting; try again").response
        }
        let vary = [LocalResponse.Field("Vary", "Accept")]
        guard isText else {
            return .admin(Array("\(explanation.json)\n".utf8), contentType: "application/json", fields: vary)
        }
        return .admin(Array(explanation.text.utf8), contentType: "text/plain; charset=utf-8", fields: vary)
    }
}
