// SPDX-License-Identifier: Apache-2.0

/// What can be asked for.
enum AdminRoute: Equatable, Sendable {
    case dashboard
    case metrics
    case live
    case ready
    case status
    case pools
    case pool(String)
    case backends(pool: String)
    case backend(pool: String, id: String)
    case drain(pool: String, id: String)
    case overrides
    case configuration
    case validate
    case reload
    case logLevel
    case errors
    case changes
    case history
    case limits
    case explain
    case events
    case openAPI

    /// `nil` for a path that there is nothing at.
    init?(path: String) {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(Self.decoded)
        guard !parts.contains(nil) else { return nil }
        let names = parts.compactMap(\.self)
        if let route = Self.fixed[names] {
            self = route
            return
        }
        guard names.starts(with: ["v1", "pools"]), names.count > 2, !names[2].isEmpty else { return nil }
        let pool = names[2]
        switch names.dropFirst(3) {
        case []: self = .pool(pool)
        case ["backends"]: self = .backends(pool: pool)
        case let rest where rest.count == 2 && rest[3] == "backends": self = .backend(pool: pool, id: rest[4])
        case let rest where rest.count == 3 && rest[3] == "backends" && rest[5] == "drain":
            self = .drain(pool: pool, id: rest[4])
        default: return nil
        }
    }

    private static let fixed: [[String]: AdminRoute] = [
        [""]: .dashboard, ["metrics"]: .metrics, ["live"]: .live, ["ready"]: .ready,
        ["v1", "status"]: .status, ["v1", "pools"]: .pools, ["v1", "errors"]: .errors, ["v1", "events"]: .events,
        ["v1", "openapi.json"]: .openAPI, ["v1", "overrides"]: .overrides, ["v1", "log", "level"]: .logLevel,
        ["v1", "config"]: .configuration, ["v1", "config", "validate"]: .validate,
        ["v1", "config", "reload"]: .reload, ["v1", "changes"]: .changes, ["v1", "history"]: .history,
        ["v1", "limits"]: .limits, ["v1", "explain"]: .explain,
    ]

    /// The methods that it takes. Those that change something are to be asked of the guard as such.
    var methods: [String] {
        switch self {
        case .backend: ["GET", "HEAD", "PATCH", "DELETE"]
        case .overrides: ["GET", "HEAD", "DELETE"]
        case .logLevel: ["GET", "HEAD", "PUT"]
        case .backends, .drain, .validate, .reload, .explain: ["POST"]
        default: ["GET", "HEAD"]
        }
    }

    /// What everybody may know, with or without a token: whoever asks learns one bit. The dashboard's page holds nothing that is
    /// known of this gateway, and asks for the token itself.
    var isOpen: Bool { self == .live || self == .ready || self == .dashboard }

    /// A part of a path without its escapes; `nil` where one is broken.
    private static func decoded(_ part: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
