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
    case backend(pool: String, id: String)
    case errors
    case changes
    case history
    case limits
    case events
    case openAPI

    /// `nil` for a path that there is nothing at.
    init?(path: String) {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(Self.decoded)
        guard !parts.contains(nil) else { return nil }
        let names = parts.compactMap(\.self)
        switch names.count {
        case 1:
            switch names[0] {
            case "": self = .dashboard
            case "metrics": self = .metrics
            case "live": self = .live
            case "ready": self = .ready
            default: return nil
            }
        case 2 where names[0] == "v1":
            switch names[1] {
            case "status": self = .status
            case "pools": self = .pools
            case "errors": self = .errors
            case "changes": self = .changes
            case "history": self = .history
            case "limits": self = .limits
            case "events": self = .events
            case "openapi.json": self = .openAPI
            default: return nil
            }
        case 3 where names[0] == "v1" && names[1] == "pools" && !names[2].isEmpty: self = .pool(names[2])
        case 5 where names[0] == "v1" && names[1] == "pools" && names[3] == "backends":
            self = .backend(pool: names[2], id: names[4])
        default: return nil
        }
    }

    /// The methods that it takes. Those that change something are to be asked of the guard as such.
    var methods: [String] { ["GET", "HEAD"] }

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
