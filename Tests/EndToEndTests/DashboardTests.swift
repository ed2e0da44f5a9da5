// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Glibc
import Testing

/// The dashboard of the real binary in a real browser. One after the other: browsers are heavy.
@Suite(.serialized, .threads(.browsing)) struct DashboardTests {
    @Test func itShowsEveryPoolAndBackendWithItsHistoryAtOnce() throws {
        let origins = try namedOrigins("a", "b")
        try withDashboard(origins, { $0.poolMembers = ["strategy: least_connections"] }) { dashboard in
            for _ in 0..<20 { #expect(try dashboard.gateway.get().status == 200) }
            let admin = dashboard.admin
            let deadline = Deadline.usual
            // What the gateway remembers before anybody looks.
            while try admin.json("/v1/history")["backends"]?.array?[0]["requests"]?.array?.isEmpty != false {
                guard !deadline.hasPassed else { throw KitError.process("there is no history") }
            }
            try dashboard.open()
            for origin in origins {
                try dashboard.wait(for: "Healthy", "answers 200", "ms", inRowOf: origin.url)
            }
            let browser = dashboard.browser
            #expect(try browser.evaluate("document.querySelector('td.past .line').getAttribute('d')").string != "")
            let pool = try browser.evaluate("document.querySelector('.pool .head').textContent").string
            #expect(pool?.contains("All 2 backends in rotation") == true && pool?.contains("least connections") == true)
            try browser.wait(for: "2 of 2 backends", in: "#totals .backends")
            try browser.wait(for: "is healthy: answers 200", in: "#events")
            #expect(try browser.evaluate("document.querySelector('#link').textContent").string == "Live")
        }
    }

    @Test func aBackendThatDiesAndRecoversIsSeenWithoutAReload() throws {
        let origins = try namedOrigins("a", "b")
        try withDashboard(origins, { $0.healthInterval = "100ms" }) { dashboard in
            let browser = dashboard.browser
            try dashboard.open()
            try dashboard.wait(for: "Healthy", inRowOf: origins[0].url)
            try browser.evaluate("window.isTheSame = true")
            origins[0].refuse()
            try dashboard.wait(for: "Down", "Connection refused", inRowOf: origins[0].url)
            try browser.wait(for: "1 of 2 in rotation", in: ".pool .head")
            try browser.wait(for: "\(origins[0].url) is down: Connection refused", in: "#events li:first-child")
            try browser.wait(for: "\(origins[0].url) is down", in: "#said")
            try browser.wait(for: "document.title.startsWith('1 down')")
            try browser.wait(for: "\(origins[0].url) is down: Connection refused", in: "#verdict h2")
            try browser.wait(for: "The other backend of web takes the requests. Start it", in: "#verdict")
            try dashboard.wait(for: "Healthy", inRowOf: origins[1].url)
            try origins[0].start()
            try dashboard.wait(for: "Healthy", "answers 200", inRowOf: origins[0].url)
            try browser.wait(for: "\(origins[0].url) is healthy", in: "#events li:first-child")
            try browser.wait(for: "All is well", in: "#verdict h2")
            #expect(try browser.evaluate("window.isTheSame").bool == true)
        }
    }

    @Test func aPoolWithNobodyLeftIsSaidFirstAndWhatToDo() throws {
        let origins = try namedOrigins("a", "b", "c")
        let settings: (inout GatewaySettings) -> Void = {
            $0.pools = [("web", origins[..<2].map(\.url)), ("other", [origins[2].url])]
            $0.healthInterval = "100ms"
        }
        try withDashboard(origins, settings) { dashboard in
            let (browser, admin) = (dashboard.browser, dashboard.admin)
            try dashboard.open()
            try browser.wait(for: "All is well", in: "#verdict h2")
            let spare = try admin.backends()[1]
            #expect(try admin.write("PATCH", spare, #"{"enabled": false}"#).status == 200)
            origins[0].refuse()
            try browser.wait(for: "Pool web has no backend in rotation", in: "#verdict h2")
            try browser.wait(for: "Enable \(origins[1].url), which is healthy.", in: "#verdict p")
            origins[1].refuse()
            try browser.wait(for: "(\(origins[0].url): Connection refused)", in: "#verdict p")
            #expect(try browser.barriers == [])
            try browser.click("#verdict-show")
            try browser.wait(for: "document.querySelectorAll('.pool:not([hidden]) tbody tr').length === 2")
            #expect(try browser.evaluate("document.activeElement.id").string == "pools")
        }
    }

    @Test func aBackendThatAnswersBadlyIsNamed() throws {
        let origins = [try FakeOrigin("a"), try FakeOrigin { _ in OriginResponse(500, reason: "Oops") }]
        try withDashboard(origins, { $0.poolMembers = ["outlier: { consecutive_5xx: 3 }"] }) { dashboard in
            let browser = dashboard.browser
            try dashboard.open()
            try dashboard.wait(for: "Healthy", inRowOf: origins[1].url)
            try dashboard.waitForNews()
            for _ in 0..<10 { _ = try dashboard.gateway.get() }
            try dashboard.wait(for: "Ejected", "5xx in a row; tried again after 30s", inRowOf: origins[1].url)
            try browser.wait(for: "\(origins[1].url) is ejected: 3 responses", in: "#events li:first-child")
            try browser.wait(for: "of requests are answered 5xx", in: "#verdict h2")
            try browser.wait(for: "Most come from \(origins[1].url)", in: "#verdict p")
            // When the errors are ten seconds old.
            try browser.wait(for: "\(origins[1].url) answers badly", in: "#verdict h2")
        }
    }

    @Test func aBackendIsDrainedByAClickAndEnabledAgain() throws {
        let held = Monitor(true)
        let origins = try ["a", "b"].map { name in
            try FakeOrigin { request in
                if request.target == "/held" { try held.wait(for: "leave to answer") { $0 ? nil : () } }
                return .text(name)
            }
        }
        try withDashboard(origins) { dashboard in
            let (browser, gateway) = (dashboard.browser, dashboard.gateway)
            let clients = try (0..<2).map { _ in try gateway.connect() }
            for client in clients { try client.send(request("GET", "/held")) }
            for origin in origins { try origin.waitForHead() }
            try dashboard.open()
            let button = try dashboard.button(of: origins[0].url)

            try browser.click(button)
            try browser.wait(for: "1 request in flight may finish", in: "#question[open]")
            try browser.wait(for: "New requests go to 1 other backend", in: "#question[open]")
            try browser.click("#question-no")
            try browser.wait(for: "!document.querySelector('#question').open")
            #expect(try dashboard.enabled == [true, true])

            try browser.click(button)
            try browser.click("#question-yes")
            try dashboard.wait(for: "Draining", "by hand; 1 request still in flight", inRowOf: origins[0].url)
            #expect(try dashboard.enabled == [false, true])
            for _ in 0..<6 { #expect(try gateway.get().text == "b") }
            held.change { $0 = false }
            for client in clients { #expect(try client.response(to: "GET").status == 200) }
            try browser.wait(for: "\(origins[0].url) is drained: nothing is in flight there.", in: "#notices")
            try dashboard.wait(for: "Disabled", "health checks pass", inRowOf: origins[0].url)
            try browser.wait(for: "enabled true -> false", in: "#events")
            try browser.wait(for: "1 backend is disabled", in: "#verdict h2")

            try browser.click(button)
            try browser.wait(for: "Enable this backend?", in: "#question[open]")
            try browser.click("#question-yes")
            try dashboard.wait(for: "Healthy", inRowOf: origins[0].url)
            #expect(Set(try (0..<4).map { _ in try gateway.get().text }) == ["a", "b"])
        }
    }

    @Test func whatCannotBeDoneIsToldInWords() throws {
        let origins = try namedOrigins("a", "b")
        try withDashboard(origins, tolerating: ["network"]) { dashboard in
            let browser = dashboard.browser
            try dashboard.open()
            try browser.click(try dashboard.button(of: origins[0].url))
            let id = try #require(try browser.evaluate("document.querySelector('tr[data-id]').dataset.id").string)
            let path = "/v1/pools/web/backends/\(id)"
            let removed = try dashboard.admin.get(path, fields: ["Content-Type: application/json"], method: "DELETE")
            #expect((200...204).contains(removed.status))
            try browser.click("#question-yes")
            try browser.wait(
                for: "\(origins[0].url) could not be drained: the pool has no backend",
                in: "#notices [role=alert]"
            )
        }
    }

    @Test func everythingCanBeDoneByKeyboardAndFocusStays() throws {
        let origins = try namedOrigins("a", "b")
        try withDashboard(origins) { dashboard in
            let browser = dashboard.browser
            try dashboard.open()
            let button = try dashboard.button(of: origins[0].url)
            let isFocused = "document.activeElement === document.querySelector(\(quoted(button)))"
            var stops = 0
            while try browser.evaluate(isFocused).bool != true {
                try browser.press("Tab")
                let outline = try browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                #expect(outline.string == "solid", "focus is not to be seen")
                stops += 1
                guard stops < 12 else { throw KitError.process("no way to the button") }
            }
            try browser.press("Enter")
            try browser.wait(for: "document.activeElement.id === 'question-no'")
            try browser.press("Escape")
            try browser.wait(for: isFocused)
            try browser.press("Enter")
            try browser.wait(for: "document.activeElement.id === 'question-no'")
            try browser.press("Tab")
            try browser.press("Enter")
            try dashboard.wait(for: "Disabled", "Enable", inRowOf: origins[0].url)
            try dashboard.waitForNews()
            #expect(try browser.evaluate(isFocused).bool == true)
            try browser.press("Space")
            try browser.wait(for: "document.activeElement.id === 'question-no'")
            try browser.press("Tab")
            try browser.press("Space")
            try dashboard.wait(for: "Healthy", "Drain", inRowOf: origins[0].url)
            #expect(try browser.evaluate(isFocused).bool == true)
        }
    }

    @Test func aLostConnectionIsSeenAndMended() throws {
        let origins = try namedOrigins("a")
        try withDashboard(origins, tolerating: ["network"]) { dashboard in
            let (browser, process) = (dashboard.browser, dashboard.gateway.process)
            try dashboard.open()
            try dashboard.wait(for: "Healthy", inRowOf: origins[0].url)
            // It is there, and says nothing.
            process.send(SIGSTOP)
            defer { process.send(SIGCONT) }
            try browser.wait(
                for:
                    "/^Disconnected since \\d\\d:\\d\\d:\\d\\d$/.test(document.querySelector('#link-text').textContent)"
            )
            try browser.wait(for: "document.title.startsWith('disconnected')")
            try browser.wait(for: "Nothing heard from Curlew since", in: "#verdict h2")
            // One of the first answers never comes, but once.
            try browser.evaluate(
                """
                const real = window.fetch;
                window.fetch = (path, options) => {
                  if (path !== "/v1/history" || window.hasWaited) return real(path, options);
                  window.hasWaited = true;
                  return new Promise((_, fail) => options.signal?.addEventListener("abort", () => fail(options.signal.reason)));
                };
                """
            )
            process.send(SIGCONT)
            try browser.wait(for: "document.querySelector('#link-text').textContent === 'Live'")
            #expect(try browser.evaluate("window.hasWaited").bool == true)
            try dashboard.waitForNews()
        }
    }
}

extension Dashboard {
    /// Which backends may have requests, as the gateway says.
    fileprivate var enabled: [Bool] {
        get throws {
            let backends = try admin.json("/v1/pools/web")["backends"]?.array ?? []
            return backends.compactMap { $0["enabled"]?.bool }
        }
    }
}
