// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// The dashboard of a gateway in a browser.
struct Dashboard {
    let gateway: GatewayProcess
    let admin: AdminClient
    let browser: Browser

    var address: String { "http://127.0.0.1:\(admin.port)" }

    func open() throws { try browser.open(address + "/") }

    /// Finds the row of a backend.
    static func row(_ url: String) -> String {
        "[...document.querySelectorAll('tbody tr')].find((row) => row.querySelector('.url').textContent === \(quoted(url)))"
    }

    /// Waits until the row of a backend says all this.
    func wait(for texts: String..., inRowOf url: String) throws {
        let list = "[\(texts.map(quoted).joined(separator: ", "))]"
        try browser.wait(for: "\(list).every((text) => \(Self.row(url))?.textContent.includes(text))")
    }

    /// What finds the button in the row of a backend.
    func button(of url: String) throws -> String {
        try browser.wait(for: Self.row(url))
        let id = try #require(try browser.evaluate("\(Self.row(url)).dataset.id").string)
        return "tr[data-id='\(id)'] button"
    }

    /// Waits until the gateway has said something new twice, and the page has taken it.
    func waitForNews() throws {
        for _ in 0..<2 {
            let said = quoted(try browser.evaluate("document.querySelector('#about').textContent").string ?? "")
            try browser.wait(for: "document.querySelector('#about').textContent !== \(said)")
        }
    }
}

/// Runs `body` with a browser beside a gateway before `origins`. Whatever the test is about, it also fails when the page or the
/// browser complained of something, but for sources in `tolerating`, or when anything was asked of somebody else.
func withDashboard(
    _ origins: [FakeOrigin],
    tolerating: Set<String> = [],
    _ adjust: (inout GatewaySettings) -> Void = { _ in },
    _ body: (Dashboard) throws -> Void
) throws {
    let browser = try Browser()
    try withGateway(
        origins,
        {
            $0.top = [AdminClient.setting]
            adjust(&$0)
        },
        { gateway in
            let dashboard = Dashboard(gateway: gateway, admin: try AdminClient(gateway), browser: browser)
            try body(dashboard)
            let report = try browser.report
            let complaints = report.complaints.filter { !tolerating.contains($0.source) }
            #expect(complaints.isEmpty, "\(complaints)")
            let elsewhere = report.requests.filter { !$0.hasPrefix(dashboard.address + "/") && !$0.hasPrefix("data:") }
            #expect(elsewhere.isEmpty)
            #expect(report.requests.contains(dashboard.address + "/v1/events"))
            // The gateway does not wait for those who only listen, but a page that asks again would be told no.
            try browser.open("about:blank")
        }
    )
}
