// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

/// A headless Chromium with one tab, which `browser.py` steers. It ends when this object goes.
final class Browser {
    /// Something that the page or the browser complained of.
    struct Complaint {
        /// `exception`, `console`, `security`, `network` …
        let source: String
        let text: String
    }

    private let folder: TemporaryProfile
    private let process: ChildProcess
    private let client: RawClient

    init() throws {
        folder = try TemporaryProfile()
        process = try ChildProcess(
            ["/usr/bin/python3", "\(Browser.support)/browser.py", folder.path],
            environment: ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"]
        )
        let line = try process.standardOutput.wait(forPrefix: "PORT ", until: .after(seconds: 40))
        client = try RawClient(port: try #require(UInt16(line.dropFirst(5))))
    }

    deinit {
        client.socket.close()
        _ = try? process.waitForExit()
    }

    private static let support = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")

    @discardableResult
    private func command(_ name: String, _ members: [String: Any] = [:]) throws -> JSONValue {
        let body = try JSONSerialization.data(withJSONObject: members.merging(["do": name]) { $1 })
        try client.send(
            "POST / HTTP/1.1\r\nContent-Length: \(body.count)\r\n\r\n\(String(decoding: body, as: UTF8.self))"
        )
        let answer = try JSONValue(try client.response(to: "POST", until: .after(seconds: 70)).text)
        if let error = answer["error"]?.string { throw KitError.process(error) }
        return answer["value"] ?? .null
    }

    // MARK: What it does

    /// From now on the window is like this.
    func look(width: Int = 1280, height: Int = 800, dark: Bool = false, mobile: Bool = false) throws {
        try command("look", ["width": width, "height": height, "dark": dark, "mobile": mobile])
    }

    func open(_ url: String) throws { try command("open", ["url": url]) }

    /// The value of a script.
    @discardableResult
    func evaluate(_ script: String) throws -> JSONValue { try command("evaluate", ["script": script]) }

    /// Waits until the value of a script is true, zero or empty being false; looks whenever the page changes.
    @discardableResult
    func wait(for script: String) throws -> JSONValue {
        try command("wait", ["script": script, "seconds": 60 * Deadline.scale])
    }

    /// Waits until the element's text has `text` in it.
    func wait(for text: String, in selector: String) throws {
        try wait(for: "document.querySelector(\(quoted(selector)))?.textContent.includes(\(quoted(text)))")
    }

    /// Clicks in the middle of an element, which must be in front there.
    func click(_ selector: String) throws { try command("click", ["selector": selector]) }

    /// Tab, Enter, Escape or Space.
    func press(_ key: String, shift: Bool = false) throws { try command("press", ["key": key, "shift": shift]) }

    func type(_ text: String) throws { try command("type", ["text": text]) }

    /// Everything that a screen reader is told of.
    var tree: [(role: String, name: String)] {
        get throws {
            try command("tree").array?.map { ($0["role"]?.string ?? "", $0["name"]?.string ?? "") } ?? []
        }
    }

    /// What is wrong with the page as it is, for whoever sees little or has it read to him.
    var barriers: [String] {
        get throws {
            let script = try #require(TemporaryFolder.read("\(Browser.support)/accessibility.js"))
            var problems = try evaluate(script).array?.compactMap(\.string) ?? ["no list"]
            let named: Set = ["button", "link", "searchbox", "textbox", "table", "dialog", "region", "img", "heading"]
            for (role, name) in try tree where named.contains(role) && name.isEmpty {
                problems.append("there is a \(role) without a name")
            }
            return problems
        }
    }

    /// All that anybody complained of, and where requests went to.
    var report: (complaints: [Complaint], requests: [String]) {
        get throws {
            let report = try command("report")
            let complaints = report["complaints"]?.array?.map {
                Complaint(source: $0["source"]?.string ?? "", text: $0["text"]?.string ?? "")
            }
            return (complaints ?? [], report["requests"]?.array?.compactMap(\.string) ?? [])
        }
    }
}

/// As a literal of JavaScript.
func quoted(_ text: String) -> String {
    let data = try? JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed)
    return String(decoding: data ?? Data(), as: UTF8.self)
}

/// A folder for a browser's profile, removed with all that is in it.
private final class TemporaryProfile {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "curlew-browser-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
