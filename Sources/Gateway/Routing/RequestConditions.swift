// SPDX-License-Identifier: Apache-2.0

/// What a route demands of a request beside its host and path.
struct RequestConditions: Sendable {
    private struct Condition: Sendable {
        /// Of a header field in small letters.
        var name: [UInt8]
        /// `nil`: it need only be there.
        var value: [UInt8]?

        init(_ match: RouteConfiguration.Match, isField: Bool) {
            name = match.name.utf8.map { isField ? ASCII.lowercased($0) : $0 }
            value = match.value.map { Array($0.utf8) }
        }
    }

    /// A bit for each ``Method`` but `other`.
    private var methods: UInt16 = 0
    private let otherMethods: [[UInt8]]
    private let headers: [Condition]
    private let query: [Condition]
    /// Nothing is demanded.
    let isEmpty: Bool

    init(_ route: RouteConfiguration) {
        var others: [[UInt8]] = []
        for name in route.methods {
            let bytes = Array(name.utf8)
            let method = Method(bytes.span, 0..<bytes.count)
            if method == .other { others.append(bytes) } else { methods |= 1 << UInt16(method.rawValue) }
        }
        otherMethods = others
        headers = route.headers.map { Condition($0, isField: true) }
        query = route.query.map { Condition($0, isField: false) }
        isEmpty = route.methods.isEmpty && route.headers.isEmpty && route.query.isEmpty
    }

    /// Whether `request`, whose bytes these are, is as demanded.
    func hold(for request: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard allowMethod(of: request, in: bytes) else { return false }
        for index in headers.indices where !isMet(headers[index], byFieldsOf: request, in: bytes) { return false }
        guard !query.isEmpty else { return true }
        let parameters = request.query(in: bytes)
        for index in query.indices where !isMet(query[index], by: parameters, in: bytes) { return false }
        return true
    }

    private func allowMethod(of request: RequestHead, in bytes: Span<UInt8>) -> Bool {
        if methods == 0 && otherMethods.isEmpty { return true }
        if request.method != .other { return methods & (1 &<< UInt16(request.method.rawValue)) != 0 }
        let method = bytes.extracting(request.methodStart..<request.methodStart + request.methodLength)
        for other in otherMethods where method.isSame(as: other.span) { return true }
        return false
    }

    /// Any field line of that name may have the value, if it counts.
    private func isMet(
        _ condition: Condition,
        byFieldsOf request: RequestHead,
        in bytes: Span<UInt8>
    ) -> Bool {
        for field in request.fields where Int(field.nameLength) == condition.name.count {
            guard ASCII.equals(bytes, field.name, ignoringCase: condition.name), request.counts(field) else { continue }
            guard let value = condition.value else { return true }
            if bytes.extracting(field.value).isSame(as: value.span) { return true }
        }
        return false
    }

    /// Any parameter of that name may have the value. One without `=` has an empty value. Names and values are compared
    /// as they were sent: `%31` is not `1`.
    private func isMet(_ condition: Condition, by parameters: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        var start = parameters.lowerBound
        while start <= parameters.upperBound {
            var end = start
            var equals: Int?
            while end < parameters.upperBound, bytes[end] != UInt8(ascii: "&") {
                if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            let name = start..<(equals ?? end)
            if bytes.extracting(name).isSame(as: condition.name.span), start < end {
                guard let value = condition.value else { return true }
                let given = equals.map { $0 + 1..<end } ?? end..<end
                if bytes.extracting(given).isSame(as: value.span) { return true }
            }
            start = end + 1
        }
        return false
    }
}
