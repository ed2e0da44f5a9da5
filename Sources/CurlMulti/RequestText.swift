// SPDX-License-Identifier: Apache-2.0

/// The head of a request as text, ready to be sent. It holds pointers, which must hold until
/// ``Transfer/prepare(_:body:)`` returns: libcurl copies what they point at.
///
/// Nobody looks at the text again, so it must not hold a CR, LF or NUL other than those named here.
@safe
package struct RequestText {
    /// The method, NUL-terminated; `nil` for `GET` and `HEAD`.
    package var method: UnsafePointer<CChar>?
    /// The response has no body whatever its head says.
    package var isHead: Bool
    /// The head as it goes over the wire, without the method in front: the target, ``afterTarget``, each field line with its
    /// CRLF, ``lastLine`` and a NUL. The framing fields are libcurl's, which adds them behind.
    package var head: UnsafePointer<CChar>
    /// The text has a Host field. Where it has none, libcurl adds the backend's.
    package var hasHost: Bool

    /// What stands behind the target.
    package static let afterTarget: StaticString = " HTTP/1.1\r\n"
    /// What the text ends with: a field of the gateway's own, whose value is the version that libcurl writes behind
    /// whatever it takes for the target. See ``HeadStyle``.
    package static let lastLine: StaticString = "X-Curlew:"

    package init(
        method: UnsafePointer<CChar>?,
        isHead: Bool,
        head: UnsafePointer<CChar>,
        hasHost: Bool
    ) {
        unsafe self.method = method
        self.isHead = isHead
        unsafe self.head = head
        self.hasHost = hasHost
    }
}
