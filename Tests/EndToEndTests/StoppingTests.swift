// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// How a gateway that is to stop tells those who send it clients.
@Suite(.threads(.few)) struct StoppingTests {
    private let question = "OPTIONS * HTTP/1.1\r\nHost: curlew\r\nMax-Forwards: 0\r\n\r\n"

    @Test func itServesAsBeforeForTheDrainDelayAndSaysThatItIsNotReady() throws {
        let origin = try FakeOrigin("hello")
        try withGateway([origin], { $0.top = ["drain_delay: 60s"] }) { gateway in
            let kept = try gateway.connect()
            #expect(try kept.exchange(question).status == 200)
            gateway.process.send(SIGTERM)
            try gateway.log.wait(for: "it to leave") {
                $0 == "INFO: SIGTERM: not ready any more, and serving for another 60s whoever still comes"
            }
            let refusal = try kept.exchange(question)
            #expect(refusal.status == 503)
            #expect(refusal.fields["Proxy-Status"] == "curlew; error=proxy_internal_response; details=\"stopping\"")
            let probe = try GatewayProcess.run(["healthcheck", "--listen", "127.0.0.1:\(gateway.port)"])
            #expect(probe.exit == .status(1))
            #expect(probe.errors == ["curlew: unhealthy: 127.0.0.1:\(gateway.port) answered 503"])
            // Everybody is served as before, new clients too.
            for client in [kept, try gateway.connect()] {
                let response = try client.get()
                #expect(response.text == "hello")
                #expect(!response.fields.lists("close", in: "Connection"))
            }
            // It may even be told to change.
            try gateway.reload { $0.timeouts = ["idle: 50s"] }
            // Whoever asks again need not wait until the delay is over.
            try gateway.process.stopAtOnce()
        }
    }

    @Test func afterTheDrainDelayItTakesNoMoreClients() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("done", gate: gate) }
        try withGateway(
            [origin],
            {
                $0.top = ["drain_delay: 200ms"]; $0.drainTimeout = "20s"
            }
        ) { gateway in
            let busy = try gateway.connect()
            try busy.send(request())
            try origin.waitForRequest()
            gateway.process.send(SIGTERM)
            try gateway.log.wait(for: "the drain") {
                $0 == "INFO: drain_delay is over: finishing requests in flight, for at most 20s"
            }
            gate.open()
            let response = try busy.response()
            #expect(response.text == "done")
            #expect(response.fields.lists("close", in: "Connection"))
            #expect(try gateway.process.waitForExit() == .status(0))
        }
    }

    @Test func aReloadWhileItDrainsIsRefused() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("done", gate: gate) }
        try withGateway([origin], { $0.drainTimeout = "20s" }) { gateway in
            let busy = try gateway.connect()
            try busy.send(request())
            try origin.waitForRequest()
            gateway.process.send(SIGTERM)
            try gateway.log.wait(for: "the drain") { $0.contains("finishing requests in flight") }
            gateway.process.send(SIGHUP)
            try gateway.log.wait(for: "the refusal") { $0.contains("SIGHUP: the configuration is not read again") }
            gate.open()
            #expect(try busy.response().text == "done")
        }
    }

    /// A client that has been promised that its connection stays may be sending its next request already.
    @Test func whoWasServedAMomentAgoHasHisNextRequestAnsweredAsTheLast() throws {
        let origin = try FakeOrigin("hello")
        try withGateway([origin], { $0.drainTimeout = "9s" }) { gateway in
            let client = try gateway.connect()
            let silent = try gateway.connect()
            #expect(try client.get().status == 200)
            gateway.process.send(SIGTERM)
            try gateway.log.wait(for: "the drain") { $0.contains("finishing requests in flight") }
            let response = try client.get()
            #expect(response.text == "hello")
            #expect(response.fields.lists("close", in: "Connection"))
            #expect(try client.waitForClose().isEmpty)
            #expect(try silent.waitForClose().isEmpty)
            #expect(try gateway.process.waitForExit(until: .after(seconds: 5)) == .status(0))
        }
    }
}
