// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct PingAnswerTests {
    private func answer(_ lines: String...) -> PingAnswer {
        var answer = PingAnswer()
        for line in lines {
            let bytes = Array(line.utf8)
            answer.receive(line: bytes.span)
        }
        return answer
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", 200), ("HTTP/1.0 404 Not Found\r\n", 404), ("HTTP/1.1 503\r\n", 503),
        ("HTTP/1.1 204 \r\n", 204), ("HTTP/1.1 500\n", 500),
    ])
    func readsTheStatus(line: String, status: Int) {
        let whole = answer(line, "Server: x\r\n", "\r\n")
        #expect(whole.status == status)
        #expect(whole.isHeadComplete)
    }

    @Test(arguments: ["HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 ", "HTTP", "200 OK\r\n"])
    func takesNoStatusFromALineThatHasNone(line: String) {
        let odd = answer(line, "\r\n")
        #expect(odd.status == nil)
        #expect(!odd.isHeadComplete)
    }

    @Test func aHeadWithoutItsBlankLineIsNotComplete() {
        #expect(!answer("HTTP/1.1 200 OK\r\n", "Server: x\r\n").isHeadComplete)
    }

    @Test func anInterimResponseIsNotTheAnswer() {
        let interim = answer("HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\n", "\r\n")
        #expect(!interim.isHeadComplete)
        let final = answer("HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 500 No\r\n", "\r\n")
        #expect(final.isHeadComplete)
        #expect(final.status == 500)
    }

    @Test func trailersDoNotChangeTheStatus() {
        let whole = answer("HTTP/1.1 200 OK\r\n", "\r\n", "HTTP/1.1 500 Trailer: x\r\n")
        #expect(whole.status == 200)
    }

    @Test func sixtyFourKibibytesOfBodyAreEnough() {
        var answer = PingAnswer()
        answer.receive(body: [UInt8](repeating: 0x61, count: 65_535).span)
        #expect(!answer.isEnough)
        answer.receive(body: [0x61].span)
        #expect(answer.isEnough)
    }
}
