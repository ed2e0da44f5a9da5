// SPDX-License-Identifier: Apache-2.0

/// An Accept field (RFC 9110 §12.5.1): which of the forms there are a client likes best.
struct Accept {
    /// Media ranges in lower case, with how much each is liked, in thousandths.
    private let ranges: [(type: String, weight: Int)]

    /// `nil` is a request without the field.
    init(_ field: String?) {
        ranges = (field ?? "").lowercased().split(separator: ",").map { item in
            let parts = item.split(separator: ";").map { String($0.filter { $0 != " " && $0 != "\t" }) }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            return (parts.first ?? "", Int(1000 * min(1, max(0, weight ?? 1))))
        }
    }

    /// Whether `type` is what the client is to get rather than `usual`: it likes it better, or as well and names it alone.
    func prefers(_ type: String, to usual: String) -> Bool {
        guard let wanted = named(type), wanted > 0 else { return false }
        return wanted > weight(of: usual) || wanted == weight(of: usual) && named(usual) == nil
    }

    private func named(_ type: String) -> Int? { ranges.first { $0.type == type }?.weight }

    /// The most specific range counts.
    private func weight(of type: String) -> Int {
        named(type) ?? named("\(type.prefix { $0 != "/" })/*") ?? named("*/*") ?? 0
    }
}
