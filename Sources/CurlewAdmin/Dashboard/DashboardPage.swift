// SPDX-License-Identifier: Apache-2.0

import Gateway
import Signing

/// The page at `/`, joined from its parts once. It holds no data: what it shows, its script asks the API for.
struct DashboardPage: Sendable {
    static let open = DashboardPage(wantsToken: false)
    /// The same where it has to ask for a token first.
    static let guarded = DashboardPage(wantsToken: true)

    private let bytes: [UInt8]
    private let packed: [UInt8]
    /// `nil` where OpenSSL has no SHA-256.
    private let fields: [LocalResponse.Field]?

    init(wantsToken: Bool) {
        let style = PackageResources.page_css
        let script = Self.scripts.reduce(into: []) { $0 += $1 }
        bytes = Self.fill(
            PackageResources.page_html,
            with: ["style": style, "script": script, "icon": Self.address(PackageResources.icon_svg)]
                .merging(["token": Array((wantsToken ? "wanted" : "none").utf8)]) { $1 }
        )
        packed = Gzip.pack(bytes)
        fields = Self.policy(style: style, script: script).map { policy in
            [
                .init("Content-Security-Policy", policy),
                .init("Cross-Origin-Opener-Policy", "same-origin"),
                .init("Cross-Origin-Resource-Policy", "same-origin"),
                .init("Referrer-Policy", "no-referrer"),
                .init("X-Frame-Options", "DENY"),
                .init("Vary", "Accept-Encoding"),
            ]
        }
    }

    func response(encoding: String?) -> LocalResponse? {
        guard var fields else { return nil }
        let isPacked = MetricsPage.takesGzip(encoding)
        if isPacked { fields.append(.init("Content-Encoding", "gzip")) }
        return .admin(isPacked ? packed : bytes, contentType: "text/html; charset=utf-8", fields: fields)
    }

    /// One script, in the order in which its parts need one another.
    private static let scripts = [
        PackageResources.elements_js, PackageResources.format_js, PackageResources.series_js,
        PackageResources.connection_js, PackageResources.actions_js, PackageResources.rows_js,
        PackageResources.pools_js, PackageResources.panels_js, PackageResources.verdict_js, PackageResources.main_js,
    ]

    /// What the page may do: run this script with this style, and ask whoever served it. No element is made of text
    /// (Trusted Types), nobody frames it, and nothing of it goes anywhere else. `nil` without SHA-256.
    private static func policy(style: [UInt8], script: [UInt8]) -> String? {
        guard let style = source(style), let script = source(script) else { return nil }
        return [
            "default-src 'none'", "script-src \(script)", "style-src \(style)", "img-src data:", "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ].joined(separator: "; ")
    }

    /// CSP Level 3, "hash-source": of all that stands between the tags.
    private static func source(_ text: [UInt8]) -> String? {
        Digest.bytes(of: text.span).map { "'sha256-\(base64($0))'" }
    }

    /// Puts each part in the place of the comment `<!--name-->`.
    static func fill(_ template: [UInt8], with parts: [String: [UInt8]]) -> [UInt8] {
        let (begin, end) = (Array("<!--".utf8), Array("-->".utf8))
        var page: [UInt8] = []
        var rest = template[...]
        while let start = rest.firstRange(of: begin), let stop = rest[start.upperBound...].firstRange(of: end) {
            let name = String(decoding: rest[start.upperBound..<stop.lowerBound], as: UTF8.self)
            page += rest[..<start.lowerBound]
            page += parts[name] ?? []
            rest = rest[stop.upperBound...]
        }
        return page + rest
    }

    /// An image as an address of its own (RFC 2397).
    private static func address(_ image: [UInt8]) -> [UInt8] {
        Array("data:image/svg+xml;base64,\(base64(image))".utf8)
    }

    /// RFC 4648 §4.
    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : digits[Int(word >> UInt32(18 - 6 * place)) & 63])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
