// SPDX-License-Identifier: Apache-2.0

internal import Gateway

/// What a test backend answers. One for each worker.
final class DemoResponder: LocalResponder {
    private let name: String
    private let delay: Duration
    private let failureShare: Double
    private let failure: DemoBackendConfiguration.Failure
    private var random = SeededGenerator(seed: 1)

    init(name: String, _ configuration: DemoBackendConfiguration) {
        self.name = name
        delay = configuration.delay
        failureShare = configuration.failureShare
        failure = configuration.failure
    }

    func answer(_ request: LocalRequest) -> LocalAnswer {
        var answer = LocalAnswer(.hang, delay: delay)
        if Double.random(in: 0..<1, using: &random) < failureShare {
            answer.action = failed
            return answer
        }
        let target = DemoTarget(path: request.path)
        if case .delay(let more) = target { answer.delay += more }
        answer.action = respond(to: target, of: request)
        return answer
    }

    private var failed: LocalAnswer.Action {
        switch failure {
        case .status: send(500, LocalBody("\(name) fails on purpose (--fail)\n"))
        case .reset: .reset
        case .hang: .hang
        }
    }

    private func respond(to target: DemoTarget, of request: LocalRequest) -> LocalAnswer.Action {
        switch target {
        case .hello, .delay: send(200, LocalBody("Hello from \(name)\n"))
        case .echo: send(200, LocalBody(echo(of: request)))
        // RFC 9110 §15.3.6: 205 may not have content.
        case .status(205): send(205, LocalBody([]))
        case .status(let status): send(status, LocalBody("\(status) \(ReasonPhrase.of(status)) from \(name)\n"))
        case .bytes(let count):
            send(200, "application/octet-stream", LocalBody(repeating: DemoResponder.block, count: count))
        case .mistake(let text): send(400, LocalBody("\(text)\n"))
        }
    }

    private func send(
        _ status: Int,
        _ contentType: StaticString,
        _ body: LocalBody
    ) -> LocalAnswer.Action {
        .respond(
            LocalResponse(
                status: status,
                contentType: contentType,
                fields: [LocalResponse.Field("X-Backend", name)],
                body: body
            )
        )
    }

    private func send(_ status: Int, _ body: LocalBody) -> LocalAnswer.Action {
        send(status, "text/plain; charset=utf-8", body)
    }

    /// The head as it arrived, byte for byte, and how long the body was.
    private func echo(of request: LocalRequest) -> [UInt8] {
        request.head + Array("\r\n\r\n[\(request.bodyBytes) bytes of body]\n".utf8)
    }

    /// 64 KiB of lines that can be looked at in a terminal.
    private static let block = Array(
        String(repeating: "Curlew sends these lines of sixty-four bytes as often as needed\n", count: 1024).utf8
    )
}
