// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct ValidFileTests {
    @Test func aListOfBackendsIsTheWholeOfASimpleFile() throws {
        let read = try configuration("backends:\n  - http://localhost:3001\n  - http://localhost:3002\n")
        let backends = try [3001, 3002].map {
            BackendConfiguration(url: try BackendURL(parsing: "http://localhost:\($0)"))
        }
        #expect(read == GatewayConfiguration(backends: backends))
    }

    @Test func everySettingReachesItsPlace() throws {
        let read = try configuration(Self.everything)
        #expect(
            read.listen == [
                .default, ListenAddress(host: "::", port: 3001),
                ListenAddress(host: "127.0.0.1", port: 3002, proxyProtocol: true),
            ]
        )
        #expect(read.trustedProxies.networks.map(\.description) == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"])
        #expect(read.workers == .exactly(3))
        #expect(read.drainTimeout == .seconds(4))
        #expect(
            read.log == LogConfiguration(format: .json, level: .debug, access: .off, output: .file("/tmp/curlew.log"))
        )
        #expect(read.pools.map(\.name) == ["api", "web"])
        let web = try #require(read.pools.last)
        #expect(web.strategy == "round_robin")
        #expect(web.backends.map(\.url.description) == ["http://localhost:3001", "https://example.com"])
        #expect(
            web.healthCheck
                == HealthCheckConfiguration(
                    path: "/up?full",
                    interval: .seconds(6),
                    timeout: .seconds(2),
                    expectStatus: 204...204,
                    rise: 2,
                    fall: 3
                )
        )
        #expect(web.retry == RetryConfiguration(attempts: 2, on: [.connect], bodyBuffer: 0))
        #expect(
            web.timeouts
                == TimeoutsConfiguration(
                    connect: .milliseconds(1500),
                    firstByte: .seconds(10),
                    idle: .seconds(20),
                    total: nil,
                    tunnel: .seconds(7200),
                    keepAlive: .seconds(4)
                )
        )
        #expect(read.routes == [RouteConfiguration(pool: "web")])
    }

    @Test func everyLimitReachesItsPlace() throws {
        let read = try configuration(Self.everything)
        #expect(
            read.limits
                == LimitsConfiguration(
                    connections: 5,
                    connectionsPerClient: 2,
                    requestLineBytes: 4096,
                    headerBytes: 32 * 1024,
                    headerCount: 50,
                    bodyBytes: 1_000_000,
                    trailerBytes: 2048,
                    trailerCount: 7,
                    headerTimeout: .seconds(1),
                    bodyTimeout: .seconds(2),
                    idleTimeout: .seconds(3),
                    requestsPerConnection: 100,
                    pipelinedRequests: 10,
                    responseHeaderBytes: 16 * 1024,
                    responseHeaderCount: 40
                )
        )
    }

    static let everything = """
        listen: ["0.0.0.0:3000", "[::]:3001", { address: "127.0.0.1:3002", proxy_protocol: true }]
        trusted_proxies: [10.0.0.0/8, "2001:db8::/32", 192.0.2.1]
        workers: 3
        drain_timeout: 4s
        log: { format: json, level: debug, access: off, output: /tmp/curlew.log }
        limits:
          connections: 5
          connections_per_client: 2
          request_line_bytes: 4KiB
          header_bytes: 32KiB
          header_count: 50
          body_bytes: 1MB
          trailer_bytes: 2KiB
          trailer_count: 7
          header_timeout: 1s
          body_timeout: 2s
          idle_timeout: 3s
          requests_per_connection: 100
          pipelined_requests: 10
          response_header_bytes: 16KiB
          response_header_count: 40
        pools:
          api: { backends: ["unix:/run/api.sock"] }
          web:
            strategy: round_robin
            backends:
              - http://localhost:3001
              - { url: "https://example.com" }
            health_check: { path: /up?full, interval: 6s, timeout: 2s, expect_status: 204, rise: 2, fall: 3 }
            retry: { attempts: 2, on: [connect], body_buffer: 0 }
            timeouts: { connect: 1500ms, first_byte: 10s, idle: 20s, total: off, tunnel: 2h, keep_alive: 4s }
        routes:
          - { pool: web }
        """

    @Test func whatIsLeftOutHasItsDefault() throws {
        let read = try configuration("pools: { web: { backends: [\"http://h\"], timeouts: { idle: 5s } } }")
        #expect(read.limits == LimitsConfiguration())
        #expect(read.log == LogConfiguration())
        #expect(read.pools[0].timeouts == TimeoutsConfiguration(idle: .seconds(5)))
    }

    @Test func theOnlyPoolNeedsNoRoute() throws {
        #expect(
            try configuration("pools: { web: { backends: [\"http://h\"] } }").routes == [
                RouteConfiguration(pool: "web")
            ]
        )
    }

    @Test func unlimitedIsNoLimit() throws {
        let read = try configuration(
            """
            backends: ["http://h"]
            limits:
              { body_bytes: unlimited, requests_per_connection: unlimited, connections_per_client: unlimited,
                pipelined_requests: unlimited }
            """
        )
        #expect(read.limits == LimitsConfiguration())
    }

    @Test(arguments: ["listen: :4000", "listen: 4000", "listen: ['4000']", "listen:\n  - 0.0.0.0:4000"])
    func listenIsAStringOrAList(line: String) throws {
        #expect(
            try configuration("backends: [\"http://h\"]\n\(line)").listen == [
                ListenAddress(host: "0.0.0.0", port: 4000)
            ]
        )
    }

    @Test(arguments: [
        ("[]", []), ("10.1.2.3", ["10.1.2.3"]), ("[\"::ffff:10.0.0.0/104\"]", ["10.200.0.1"]),
        ("[0.0.0.0/0]", ["192.0.2.1"]), ("[\"::1\", 192.0.2.128/25]", ["::1", "192.0.2.255"]),
    ])
    func trustedProxiesAreNetworksOrAddresses(list: String, inside: [String]) throws {
        let trusted = try configuration("backends: [\"http://h\"]\ntrusted_proxies: \(list)").trustedProxies
        #expect(trusted.isEmpty == inside.isEmpty)
        for text in inside { #expect(trusted.contains(try #require(IPAddress(text)))) }
        for text in ["192.0.2.127", "10.1.2.4", "2001:db8::1"] where list != "[0.0.0.0/0]" && !list.contains("104") {
            #expect(!trusted.contains(try #require(IPAddress(text))))
        }
    }

    @Test func aListenerIsAnAddressOrAMappingWithOne() throws {
        let read = try configuration(
            "backends: [\"http://h\"]\nlisten: { address: 4000, proxy_protocol: yes }\ntrusted_proxies: [10.0.0.0/8]"
        )
        #expect(read.listen == [ListenAddress(host: "0.0.0.0", port: 4000, proxyProtocol: true)])
    }

    @Test func jsonIsAccepted() throws {
        let read = try configuration(
            "{\n\t\"listen\":\"[::]:80\",\"limits\":{\"connections\":7},\n\t\"backends\":[{\"url\":\"http:\\/\\/h\"}]}"
        )
        #expect(read.listen == [ListenAddress(host: "::", port: 80)])
        #expect(read.limits.connections == 7)
        #expect(read.pools[0].backends.map(\.url.description) == ["http://h"])
    }

    @Test func aMergeKeyBringsWhatIsNotGivenBesideIt() throws {
        let read = try configuration(
            """
            pools:
              web: &web { backends: ["http://web"], timeouts: { connect: 1s } }
              api: { <<: *web, backends: ["http://api"] }
            routes: [{ pool: api }]
            """
        )
        #expect(read.pools[1].backends.map(\.url.description) == ["http://api"])
        #expect(read.pools[1].timeouts.connect == .seconds(1))
    }

    @Test func pingsMayTakeLongerThanTheTimeBetweenThem() throws {
        let read = try configuration("pools: { a: { backends: [\"http://h\"], health_check: { interval: 100ms } } }")
        #expect(read.pools[0].healthCheck.timeout == .seconds(3))
    }

    @Test func theSummarySaysWhatWouldRun() throws {
        #expect(
            try configuration(Self.everything).summary
                == "listens on 0.0.0.0:3000, [::]:3001, 127.0.0.1:3002 (PROXY protocol) with 3 workers; "
                + "believes proxies at 10.0.0.0/8, 2001:db8::/32, 192.0.2.1; pool api of 1 backend by round_robin, "
                + "pool web of 2 backends by round_robin; every request to web"
        )
    }
}
