// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

/// What the dashboard's page may do, who can read it, and how much it takes.
@Suite(.serialized, .threads(.browsing)) struct DashboardPageTests {
    @Test func thePageMayRunNothingButItself() throws {
        // The browser is to complain.
        let provoked: Set = ["security", "exception", "issue", "javascript", "other"]
        try withDashboard(try namedOrigins("a"), tolerating: provoked) { dashboard in
            let browser = dashboard.browser
            let page = try dashboard.admin.get("/")
            #expect(page.status == 200 && page.fields["Content-Type"] == "text/html; charset=utf-8")
            let policy = try #require(page.fields["Content-Security-Policy"])
            for part in [
                "default-src 'none'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
                "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            ] {
                #expect(policy.contains(part))
            }
            #expect(!policy.contains("unsafe") && !policy.contains("*"))
            #expect(page.fields["X-Content-Type-Options"] == "nosniff")
            #expect(page.fields["Referrer-Policy"] == "no-referrer")
            #expect(page.fields["Cross-Origin-Opener-Policy"] == "same-origin")
            let forbidden = #"\son\w+="|style="|https?://(?!www\.w3\.org/)"#
            #expect(page.text.range(of: forbidden, options: .regularExpression) == nil)
            #expect(
                try dashboard.admin.get("/", fields: ["Accept-Encoding: gzip"]).fields["Content-Encoding"] == "gzip"
            )

            try dashboard.open()
            try browser.wait(for: "document.querySelector('tbody tr')")
            #expect(try browser.report.complaints.isEmpty)
            // Whatever gets into the page all the same is not run.
            try browser.evaluate(
                """
                for (const attempt of [
                  () => { const made = document.createElement("script"); made.append("window.isRun = true"); document.body.append(made); },
                  () => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.isRun = true'>"),
                  () => setTimeout("window.isRun = true"),
                ]) { try { attempt(); } catch {} }
                """
            )
            #expect(try browser.evaluate("window.isRun === undefined").bool == true)
            #expect(try browser.report.complaints.filter { $0.source == "security" }.count >= 3)
        }
    }

    @Test func aTokenIsAskedForOnceAndKeptForTheTab() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a-token-of-its-own\n", to: "token")
        let setting = "admin: { listen: \"127.0.0.1:0\", token_file: \(file) }"
        let origins = try namedOrigins("a", "b")
        // A status of 401 is an error to a browser.
        try withDashboard(origins, tolerating: ["network"], { $0.top = [setting] }) { dashboard in
            let browser = dashboard.browser
            try dashboard.open()
            try browser.wait(for: "document.querySelector('#token')?.open")
            // Nobody has guessed yet.
            #expect(try !browser.report.requests.contains { $0.contains("/v1/") })
            #expect(try browser.barriers == [])
            #expect(!dashboard.gateway.log.lines.contains { $0.contains("without the right token") })
            // Also what no header field can hold, and what is too long for one.
            let wrong = ["a-token-of-its-owm", "a-tökén ☃", String(repeating: "a", count: 100_000)]
            for (text, outcome) in wrong.map({ ($0, false) }) + [("a-token-of-its-own", true)] {
                try browser.wait(for: "document.activeElement.id === 'token-input'")
                try browser.type(text)
                try browser.press("Enter")
                if outcome { break }
                try browser.wait(for: "That is not the token", in: "#token[open] #token-error:not([hidden])")
            }
            try dashboard.wait(for: "Healthy", inRowOf: origins[0].url)
            #expect(try browser.evaluate("document.querySelector('#token')?.open").bool == false)
            // What changes something shows it too.
            try browser.click(try dashboard.button(of: origins[0].url))
            try browser.click("#question-yes")
            try dashboard.wait(for: "Disabled", inRowOf: origins[0].url)
            try dashboard.open()
            try dashboard.wait(for: "Disabled", inRowOf: origins[0].url)
            #expect(try browser.evaluate("document.cookie + localStorage.length").string == "0")
            try browser.click("#forget")
            try browser.wait(for: "document.querySelector('#token')?.open")
        }
    }

    @Test func whatOthersSayIsTextAndNothingElse() throws {
        let origins = try namedOrigins("a")
        let settings: (inout GatewaySettings) -> Void = {
            $0.pools = [("web", [origins[0].url]), ("other", [origins[0].url])]
        }
        try withDashboard(origins, settings) { dashboard in
            let (browser, gateway) = (dashboard.browser, dashboard.gateway)
            let target = #"/<script>window.isRun=1</script><img/src=x/onerror='window.isRun=1'>"&lt;"#
            let long = "/" + String(repeating: "x", count: 3000)
            origins[0].refuse()
            for target in [target, long] { #expect(try gateway.get(target).status >= 502) }
            try dashboard.open()
            try browser.wait(for: target, in: "#failures")
            try browser.wait(for: "Down", in: "tbody tr")
            #expect(try browser.evaluate("document.querySelectorAll('main :is(script, img, b#x)').length").number == 0)
            #expect(try browser.evaluate("window.isRun === undefined").bool == true)
            for width in [1280, 390, 320] {
                try browser.look(width: width, height: 640, mobile: width < 500)
                #expect(try browser.barriers == [], "\(width) wide")
            }
        }
    }

    @Test func everybodyCanReadIt() throws {
        let origins = try namedOrigins("a", "b", "c")
        let limit = "rate_limit: { requests: 4, per: 1h, by: route }"
        try withDashboard(origins, { $0.top.append(limit) }) { dashboard in
            let (browser, gateway) = (dashboard.browser, dashboard.gateway)
            origins[0].refuse()
            for number in 0..<8 { _ = try gateway.get("/\(number)") }
            try dashboard.open()
            try dashboard.wait(for: "Down", inRowOf: origins[0].url)
            try browser.click(try dashboard.button(of: origins[1].url))
            try browser.wait(for: "document.querySelector('#question').open")
            #expect(try browser.barriers == [])
            try browser.click("#question-yes")
            try dashboard.wait(for: "Disabled", inRowOf: origins[1].url)
            // What is limited, and what has failed.
            try browser.wait(for: "4 since the start", in: "#limits")
            try browser.wait(for: "Connection refused", in: "#failures")
            try browser.wait(for: "Rate limited", in: "#reasons")
            for (width, height) in [(1280, 900), (390, 844), (320, 640)] {
                for isDark in [false, true] {
                    try browser.look(width: width, height: height, dark: isDark, mobile: width < 500)
                    let barriers = try browser.barriers
                    #expect(barriers == [], "\(width) wide, \(isDark ? "dark" : "light")")
                }
                // Also where a row looks like a card.
                let roles = Set(try browser.tree.map(\.role))
                let wanted: Set = ["banner", "main", "contentinfo", "table", "row", "rowheader", "cell", "status"]
                #expect(roles.isSuperset(of: wanted), "\(wanted.subtracting(roles))")
            }
        }
    }

    @Test func aThousandBackendsAreFilteredAndNothingIsTouchedInVain() throws {
        let origin = try FakeOrigin("a")
        // Nobody listens there: it is bound, at one address of the loopback.
        let gone = try ReservedPort()
        let port = gone.url.split(separator: ":").last ?? ""
        let many = (0..<999).map { "http://127.\($0 / 250 + 1).\($0 % 250).1:\(port)" }
        try withDashboard([origin], { $0.backends = [origin.url] + many }) { dashboard in
            let browser = dashboard.browser
            try dashboard.open()
            try browser.wait(for: "1,000", in: "#show-all")
            #expect(try browser.evaluate("document.querySelectorAll('tbody tr').length").number == 100)
            try browser.click(".pool .more")
            try browser.wait(for: "document.querySelectorAll('tbody tr').length === 200")
            #expect(try browser.evaluate("document.activeElement.closest('tr').rowIndex").number == 101)
            try browser.click("#filter")
            try browser.type("3.7.1: down")
            try browser.wait(for: "document.querySelectorAll('tbody tr').length === 1")
            try browser.wait(for: "1 backend shown.", in: "#said")
            // Until all of them are down, and rates are known, there is something to touch.
            try browser.wait(for: "999 backends are down", in: "#verdict h2")
            try browser.wait(for: "0 requests/s", in: ".facts")
            try dashboard.waitForNews()
            try browser.evaluate(
                """
                window.touched = new Set();
                new MutationObserver((records) => {
                  for (const { type, target, oldValue } of records) {
                    const place = (target.closest ? target : target.parentElement).closest("td, dd, p, time, section").className;
                    // A rate is unknown again when the news come late.
                    if (place === "facts" && type === "characterData" && oldValue !== target.data) continue;
                    window.touched.add(place);
                  }
                }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, characterData: true, characterDataOldValue: true });
                """
            )
            try dashboard.waitForNews()
            // How long it has been so, and the five seconds' slot of a picture.
            let touched = try #require(try browser.evaluate("[...window.touched]").array)
            #expect(Set(touched.compactMap(\.string)).isSubset(of: ["since", "past", ""]), "\(touched)")
        }
    }
}
