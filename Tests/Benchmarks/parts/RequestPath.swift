// SPDX-License-Identifier: Apache-2.0

import Gateway

/// The steps that a request takes through the gateway, but for libcurl's.
func requestPathParts() -> [Part] {
    [
        step("parse a request head of 10 fields") { $0.parseRequest() },
        step("rewrite it for the backend") { $0.rewriteRequest() },
        step("parse a response head of 6 fields") { $0.parseResponse() },
        step("rewrite it for the client") { $0.rewriteResponse() },
        step("both records of the log, json") { $0.formatRecords() },
        step("both records of the log, text", isJSON: false) { $0.formatRecords() },
    ]
}

private func step(
    _ name: String,
    isJSON: Bool = true,
    _ body: @escaping (RequestPathSteps) -> Void
) -> Part {
    Part(name: "request: " + name) {
        let steps = RequestPathSteps(request: browserRequest, response: serverResponse, isJSON: isJSON)
        precondition(steps.parseRequest() && steps.parseResponse(), "a head to be measured does not parse")
        return { calls in
            for _ in 0..<calls { body(steps) }
        }
    }
}

/// As a browser sends it.
private let browserRequest = """
    GET /assets/main.css?v=17 HTTP/1.1
    Host: www.example.com
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
    Accept: text/css,*/*;q=0.1
    Accept-Language: en-GB,en;q=0.5
    Accept-Encoding: gzip, deflate, br, zstd
    Connection: keep-alive
    Referer: https://www.example.com/
    Cookie: session=3f8a1c55d9e24b7f
    Sec-Fetch-Dest: style
    Sec-Fetch-Mode: no-cors


    """.replacingLineEnds

private let serverResponse = [
    "HTTP/1.1 200 OK\r\n", "Server: nginx/1.22.1\r\n", "Date: Mon, 23 Nov 2026 03:00:00 GMT\r\n",
    "Content-Type: text/css\r\n", "Content-Length: 19\r\n", "Last-Modified: Sun, 22 Nov 2026 03:00:00 GMT\r\n",
    "Connection: keep-alive\r\n", "\r\n",
]

extension String {
    fileprivate var replacingLineEnds: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }
}
