// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// The header fields of a request, as a `curl_slist` whose nodes lie in one block and point at bytes of the caller.
///
/// CURLOPT_HTTPHEADER(3): "libcurl does not copy the list". It reads it each time the request is sent, so the list and
/// the bytes must stay as they are until the transfer is finished. Nothing is allocated per field.
@safe
package final class HeaderList {
    private var nodes: UnsafeMutablePointer<curl_slist>
    private var capacity: Int
    /// How many fields the list has.
    package private(set) var count = 0

    /// The block grows when need be; start with room for what most requests have.
    package init(capacity: Int = 64) {
        unsafe nodes = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { unsafe nodes.deallocate() }

    package func removeAll() { count = 0 }

    /// Adds a field. `line` is NUL-terminated and reads `Name: value`, or `Name;` for a field without a value, or
    /// `Name:` to keep libcurl from making that field itself.
    package func append(_ line: UnsafeMutablePointer<CChar>) {
        if count == capacity { grow() }
        unsafe nodes[count] = curl_slist(data: line, next: nil)
        count += 1
    }

    /// The first node, with every node pointing at the next, or `nil` for an empty list.
    var head: UnsafeMutablePointer<curl_slist>? {
        if count == 0 { return nil }
        for index in 1..<max(count, 1) { unsafe nodes[index - 1].next = nodes + index }
        unsafe nodes[count - 1].next = nil
        return unsafe nodes
    }

    private func grow() {
        let larger = UnsafeMutablePointer<curl_slist>.allocate(capacity: capacity * 2)
        unsafe larger.update(from: nodes, count: count)
        unsafe nodes.deallocate()
        unsafe nodes = larger
        capacity *= 2
    }
}
