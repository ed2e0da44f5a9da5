// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc

/// A request's head taken apart again: the target and a `curl_slist` of the fields, for ``HeadStyle/list``.
///
/// libcurl reads the list each time the request is sent, so it stays until the next one is made.
@safe
final class HeaderList {
    private var text: UnsafeMutablePointer<CChar>?
    /// The first field.
    private(set) var head: UnsafeMutablePointer<curl_slist>?
    /// The target, NUL-terminated.
    var target: UnsafePointer<CChar>? { unsafe UnsafePointer(text) }

    deinit { clear() }

    private func clear() {
        unsafe free(text)
        while let node = unsafe head {
            unsafe head = node.pointee.next
            unsafe node.deallocate()
        }
    }

    /// Takes apart what ``RequestText/head`` describes.
    func split(_ head: UnsafePointer<CChar>) {
        clear()
        // A copy, since the lines are cut apart where they lie and the same head may be sent again.
        guard let text = unsafe strdup(head), let space = unsafe strchr(text, 0x20) else { return }
        unsafe self.text = text
        unsafe space[0] = 0
        var last: UnsafeMutablePointer<curl_slist>?
        var line = unsafe strstr(space + 1, "\r\n")! + 2
        // The last line has no CRLF, and is what this style does without.
        while let end = unsafe strstr(line, "\r\n") {
            unsafe end[0] = 0
            // libcurl takes "Name:" for a wish to leave the field out, and "Name;" for an empty one.
            if unsafe strchr(line, 0x3A) == end - 1 { unsafe end[-1] = 0x3B }
            let node = UnsafeMutablePointer<curl_slist>.allocate(capacity: 1)
            unsafe node.initialize(to: curl_slist(data: line, next: nil))
            if let last = unsafe last { unsafe last.pointee.next = node } else { unsafe self.head = node }
            unsafe last = node
            unsafe line = end + 2
        }
    }
}
