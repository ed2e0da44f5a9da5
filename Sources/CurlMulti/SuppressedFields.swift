// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// The fields that libcurl would send of its own accord, each as `Name:`, which tells it not to (CURLOPT_HTTPHEADER(3): "If
/// you add a header with no content as in 'Accept:' (no data on the right side of the colon), the internally used header is
/// disabled").
@safe
struct SuppressedFields: ~Copyable {
    // Host and Accept; Host, Accept, Content-Type and Expect; Transfer-Encoding.
    private let nodes: UnsafeMutablePointer<curl_slist>

    init() {
        unsafe nodes = .allocate(capacity: 7)
        let names: [StaticString] = [
            "Host:", "Accept:", "Host:", "Accept:", "Content-Type:", "Expect:", "Transfer-Encoding:",
        ]
        for (index, name) in names.enumerated() {
            // libcurl only reads it: CURLOPT_HTTPHEADER(3), "libcurl does not copy the list".
            let text = unsafe UnsafeMutableRawPointer(mutating: name.utf8Start).assumingMemoryBound(to: CChar.self)
            let isLast = index == 1 || index >= 5
            unsafe (nodes + index).initialize(to: curl_slist(data: text, next: isLast ? nil : nodes + index + 1))
        }
    }

    deinit { unsafe nodes.deallocate() }

    /// The list for a request; it stays as long as this value. Fewer names cost libcurl fewer comparisons.
    func list(hasHost: Bool, hasBody: Bool) -> UnsafeMutablePointer<curl_slist> {
        unsafe nodes + (hasBody ? 2 : 0) + (hasHost ? 0 : 1)
    }

    /// `list` for a request whose body is neither announced nor framed. libcurl looks at the first Transfer-Encoding alone.
    func withoutCoding(_ list: UnsafeMutablePointer<curl_slist>) -> UnsafeMutablePointer<curl_slist> {
        unsafe nodes[6].next = list
        return unsafe nodes + 6
    }

    /// The list for a request whose fields are in a list too: `fields` come behind.
    func list(before fields: UnsafeMutablePointer<curl_slist>?) -> UnsafeMutablePointer<curl_slist> {
        unsafe nodes[5].next = fields
        // Not the first, which would keep libcurl from sending the Host that is among the fields.
        return unsafe nodes + 3
    }
}
