// SPDX-License-Identifier: Apache-2.0

/// Requests that Max-Forwards says are for the first that they meet (RFC 9110 §7.6.2): the gateway answers as if it were
/// the origin. They are not in the log, since they were no requests to a backend, and a container's health check makes one
/// every few seconds.
extension Exchange {
    /// Answers TRACE or OPTIONS that may not be forwarded. `OPTIONS *` is how `curlew healthcheck` asks.
    func answerForTheGateway() {
        guard let downstream else { return }
        downstream.input.start = request.length
        body.begin(request.framing, keeping: 0)
        if body.isComplete { downstream.requestBodyEnded() }
        keepAlive = request.keepAlive && body.isComplete && downstream.mayKeepAlive
        // Whoever asks the gateway how it is wants to know whether to send it clients.
        let isReady = request.isTrace || context.shared.isReady
        summary.status = isReady ? 200 : 503
        let date = context.wallClock.httpDate(.now())
        let output = downstream.output
        output.append(isReady ? "HTTP/1.1 200 OK\r\nDate: " : "HTTP/1.1 503 Service Unavailable\r\nDate: ")
        output.append(date.span)
        if request.isTrace {
            let echo = TraceEcho(head: request, input: downstream.input)
            output.append("\r\nContent-Type: message/http\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ")
            output.append(decimal: echo.count)
            endHead(output)
            echo.write(to: output)
        } else {
            if !isReady {
                output.append("\r\nProxy-Status: curlew; error=proxy_internal_response; details=\"stopping\"")
            }
            output.append("\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE\r\nContent-Length: 0")
            endHead(output)
        }
        machine.answered()
        downstream.flushSoon()
        downstream.responseEnded(keepAlive: keepAlive)
    }

    private func endHead(_ output: ByteBuffer) {
        if !keepAlive {
            output.append("\r\nConnection: close")
        } else if request.isHTTP10 {
            output.append("\r\nConnection: keep-alive")
        }
        output.append("\r\n\r\n")
    }
}
