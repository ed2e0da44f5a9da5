// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.serialized, .threads(.measuring)) struct IdleCPUTests {
    /// Clock ticks that the gateway uses while nothing happens for two seconds. Only time can show that.
    private func ticksOfIdleness(_ gateway: GatewayProcess, _ witness: RawClient) throws -> Int {
        let before = try gateway.usage.processorTicks
        #expect(witness.staysSilent(for: 2 / Deadline.scale))
        return try gateway.usage.processorTicks - before
    }

    @Test func idleGatewayUsesNoProcessorTime() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.workers = 2 }) { gateway in
            let client = try gateway.connect()
            #expect(try ticksOfIdleness(gateway, client) <= 2)
        }
    }

    @Test func idleConnectionsOnBothSidesUseNoProcessorTime() throws {
        let gate = Gate()
        let origins = try (0..<3).map { _ in try FakeOrigin { .text("x", gate: $0.target == "/slow" ? gate : nil) } }
        try withGateway(origins, { $0.workers = 2 }) { gateway in
            let clients = try (0..<30).map { _ in try gateway.connect() }
            for client in clients {
                #expect(try client.get().status == 200)
            }
            // One of them waits for an answer: a transfer that is under way is no reason to spin either.
            try clients[0].send(request("GET", "/slow"))
            #expect(try ticksOfIdleness(gateway, clients[1]) <= 2)
            gate.open()
            #expect(try clients[0].response().status == 200)
        }
    }

    @Test func stalledTransferUsesNoProcessorTime() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(1 << 40)) }
        try withGateway([origin]) { gateway in
            let stalled = try gateway.connect(receiveBuffer: 4096)
            try stalled.send(request())
            #expect(try stalled.head().status == 200)
            let witness = try gateway.connect()
            // Until the buffers between the two are full.
            let deadline = Deadline.usual
            var before = -1
            while try gateway.usage.processorTicks != before, !deadline.hasPassed {
                before = try gateway.usage.processorTicks
                #expect(witness.staysSilent(for: 0.5 / Deadline.scale))
            }
            #expect(try ticksOfIdleness(gateway, witness) <= 2)
            stalled.reset()
        }
    }
}
