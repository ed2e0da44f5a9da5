// SPDX-License-Identifier: Apache-2.0

import Gateway

/// The answer to something that the control thread was asked for, which is known within a few turns of the workers.
struct PendingChange: LocalWait {
    private let reply: ControlReply
    private let answer: @Sendable (ControlReply.Outcome) -> LocalAnswer.Action
    private let deadline = ContinuousClock.now.advanced(by: .seconds(10))
    private var pause = Duration.milliseconds(1)

    private static let longestPause = Duration.milliseconds(50)

    /// `answer` is what the client gets when it is known.
    init(_ reply: ControlReply, _ answer: @escaping @Sendable (ControlReply.Outcome) -> LocalAnswer.Action) {
        self.reply = reply
        self.answer = answer
    }

    /// The same where only a change that was made has an answer of its own.
    init(
        _ reply: ControlReply,
        done: @escaping @Sendable (ConfigurationChange?) throws(Problem) -> LocalAnswer.Action
    ) {
        self.init(reply) { outcome in
            do throws(Problem) {
                return try done(try outcome.change())
            } catch {
                return .respond(error.response)
            }
        }
    }

    mutating func look() -> LocalLook {
        if let outcome = reply.outcome { return .known(answer(outcome)) }
        guard ContinuousClock.now < deadline else {
            let problem = Problem(
                status: 503,
                detail: "the gateway has not done it within 10 s, and may still do; look at /v1/overrides"
            )
            return .known(.respond(problem.response))
        }
        defer { pause = min(pause * 2, Self.longestPause) }
        return .unknown(pause: pause)
    }
}

extension ControlReply.Outcome {
    /// What has changed, unless it could not be done.
    func change() throws(Problem) -> ConfigurationChange? {
        switch self {
        case .done(let change): return change
        case .stopping: throw Problem(status: 503, detail: "the gateway is stopping, and changes nothing any more")
        case .refused(let error):
            throw Problem(
                status: 422,
                detail: "nothing has changed, since the configuration is not valid; see problems",
                problems: error.problems
            )
        case .impossible(let refusal): throw refusal.problem
        }
    }
}

extension Overrides.Refusal {
    fileprivate var problem: Problem {
        switch self {
        case .noPool: Problem(status: 404, detail: "there is no pool of this name; see /v1/pools")
        case .noBackend: Problem(status: 404, detail: "the pool has no backend with this id; see /v1/pools")
        case .isThere(let id):
            Problem(status: 409, detail: "the pool has this backend, with the id \(id); change it with PATCH")
        case .isLast:
            Problem(
                status: 409,
                detail: "it is the pool's last backend; add another one first, or disable it with PATCH"
            )
        }
    }
}

extension ConfigurationChange {
    /// What is different, in words.
    var list: JSON {
        .array(parts.map(JSON.string) + onlyAtStart.map { .string("\($0), which can only change at a restart") })
    }
}
