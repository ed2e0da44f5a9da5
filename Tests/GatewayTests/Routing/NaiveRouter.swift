// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// A request in the words of a test.
struct RoutedRequest: CustomStringConvertible {
    var method = "GET"
    var target = "/"
    var host: String? = "a.example"
    var fields: [(name: String, value: String)] = []

    var bytes: [UInt8] {
        var text = "\(method) \(target) HTTP/1.\(host == nil ? 0 : 1)\r\n"
        if let host { text += "Host: \(host)\r\n" }
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    var description: String { "\(method) \(host ?? "-") \(target) \(fields)" }

    /// Where `table` sends it.
    func outcome(in table: RouteTable, isOfTrustedProxy: Bool = false) -> RouteTable.Outcome? {
        var parser = RequestParser()
        let head = RequestHead()
        let bytes = bytes
        guard parser.parse(bytes.span, into: head) == .complete else { return nil }
        head.isOfTrustedProxy = isOfTrustedProxy
        var reader = PathReader()
        return table.find(head, in: bytes.span, &reader)
    }
}

/// Says where a request goes by looking at each route in turn, with strings: slow, and with nothing in common with
/// ``RouteTable`` but the order of the routes.
struct NaiveRouter {
    let routes: [RouteConfiguration]
    private let entries: [RouteOrder.Entry]

    init(routes: [RouteConfiguration]) {
        self.routes = routes
        entries = RouteOrder.entries(of: routes)
    }

    func outcome(_ request: RoutedRequest) -> RouteTable.Outcome {
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init
        )
        let isRead = candidates(for: request).contains { routes[$0].isAboutPaths }
        guard isRead else {
            return first(for: request, path: Array(parts[0].utf8), parts).map { .route($0) } ?? .noRoute
        }
        let path = NaivePath(parts[0])
        guard !path.isRefused else { return .refused(.ambiguous) }
        let one = first(for: request, path: path.literal, parts)
        let other = first(for: request, path: path.lenient, parts)
        guard one == other else { return .refused(.ambiguous) }
        return one.map { .route($0) } ?? .noRoute
    }

    /// Those whose host fits.
    private func candidates(for request: RoutedRequest) -> [Int] {
        entries.filter { fits($0.host, request.host) }.map(\.route)
    }

    private func first(for request: RoutedRequest, path: [UInt8], _ parts: [String]) -> Int? {
        candidates(for: request).first { index in
            let route = routes[index]
            return fits(route.path, path)
                && (route.methods.isEmpty || route.methods.contains(request.method))
                && route.headers.allSatisfy { match in
                    request.fields.contains {
                        $0.name.lowercased() == match.name.lowercased() && (match.value ?? $0.value) == $0.value
                    }
                }
                && route.query.allSatisfy { match in
                    guard parts.count > 1 else { return false }
                    return parts[1].split(separator: "&").contains { parameter in
                        let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                        let value = pair.count > 1 ? String(pair[1]) : ""
                        return String(pair[0]) == match.name && (match.value ?? value) == value
                    }
                }
        }
    }

    private func fits(_ condition: String?, _ host: String?) -> Bool {
        guard let condition else { return true }
        guard var name = host?.lowercased() else { return false }
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") { name = String(name[..<colon]) }
        if name.hasSuffix(".") { name.removeLast() }
        guard condition.hasPrefix("*.") else { return name == condition }
        return name.hasSuffix(condition.dropFirst()) && name.utf8.count >= condition.utf8.count
    }

    private func fits(_ condition: RouteConfiguration.Path?, _ path: [UInt8]) -> Bool {
        switch condition {
        case nil: true
        case .exact(let exact): path == Array(exact.utf8)
        case .prefix(let prefix):
            (path + [47]).starts(with: (prefix.hasSuffix("/") ? prefix : prefix + "/").utf8)
        }
    }
}

extension RouteConfiguration {
    /// What a path says makes a difference to it.
    fileprivate var isAboutPaths: Bool {
        switch path {
        case nil, .prefix("/"): overrides.pathRewrite != nil
        default: true
        }
    }
}

/// The two readings of a path, made in several passes over the whole.
struct NaivePath {
    private(set) var literal: [UInt8] = []
    private(set) var lenient: [UInt8] = []
    private(set) var isRefused = false

    init(_ path: String) {
        var characters: [(byte: UInt8, isEscaped: Bool)] = []
        var rest = Array(path.utf8)
        while !rest.isEmpty {
            if rest[0] != UInt8(ascii: "%") {
                characters.append((rest.removeFirst(), false))
            } else if rest.count > 2, let byte = UInt8(String(decoding: rest[1...2], as: UTF8.self), radix: 16),
                rest[1...2].allSatisfy({ $0 != UInt8(ascii: "+") }), byte != 0
            {
                characters.append((byte, true))
                rest.removeFirst(3)
            } else {
                isRefused = true
                return
            }
        }
        for (byte, isEscaped) in characters {
            let stays = isEscaped && "/\\;%".utf8.contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            literal += stays ? Array(("%" + hex).utf8) : [byte]
        }
        let segments = characters.map(\.byte).split(omittingEmptySubsequences: false) { "/\\".utf8.contains($0) }
            .map { $0.prefix { $0 != UInt8(ascii: ";") }.flatMap { $0 == 37 ? Array("%25".utf8) : [$0] } }
        isRefused = segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
        let named = segments.filter { !$0.isEmpty }
        lenient = path.hasPrefix("/") || path.hasPrefix("\\") ? [47] : []
        lenient += named.joined(separator: [47])
        if segments.last?.isEmpty == true, !named.isEmpty { lenient.append(47) }
    }
}
