// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// The body that a request is sent with. Only ``whole(_:)`` holds a pointer, and says how long it must hold.
@safe
package enum RequestBody {
    /// None, and no header that speaks of one.
    case none
    /// So many bytes, asked for as they are needed.
    case streamed(length: UInt64)
    /// Of unknown length and in the chunked coding already, asked for as it comes. The head says so. libcurl could do the
    /// framing, but before 8.7 not with trailers: a handle that has sent some corrupts the heap with its next chunked body.
    case framed
    /// Of unknown length, asked for as it comes. libcurl frames it as the version of HTTP wants it that the connection speaks.
    /// It has no trailers.
    case open
    /// All of it is there already. It must stay where it is until the transfer is over. libcurl sends it in one piece
    /// with the head.
    case whole(UnsafeRawBufferPointer)
    /// None; but if the backend answers 101, then what is asked for goes out as it is, while what the backend sends comes
    /// as the response's body. The connection is new and is closed afterwards, and the handle is not used again.
    case tunnel
}

/// What the per-request options stand at, so that only what differs is set again.
struct MethodState {
    var hasBody = false
    var isHead = false
    var isCustom = false
    var isReuseForbidden = false
    var isBodySent = false
    var isFramed = false
    var isTunnel = false
    var isAlwaysFresh = false
    var isNewWanted = false
}

extension Transfer {
    /// Points the handle at its next request.
    ///
    /// - Parameters:
    ///   - request: the head.
    ///   - body: what is sent behind the head.
    /// - Throws: libcurl is out of memory.
    package func prepare(_ request: RequestText, body: RequestBody) throws(CurlError) {
        resetMethod()
        if let method = unsafe request.method {
            // CURLOPT_CUSTOMREQUEST(3): "When you change the request method by setting CURLOPT_CUSTOMREQUEST to
            // something, you do not actually change how libcurl behaves": so the mode below is chosen by the body.
            try check(unsafe curlew_set_string(easy, CURLOPT_CUSTOMREQUEST, method))
            self.method.isCustom = true
        }
        switch body {
        case .none:
            if request.isHead {
                try set(CURLOPT_NOBODY, 1)
                self.method.isHead = true
            }
        case .streamed(let length):
            try set(CURLOPT_UPLOAD, 1)
            try check(unsafe curlew_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(length)))
            self.method.hasBody = true
        case .framed:
            try set(CURLOPT_UPLOAD, 1)
            try check(unsafe curlew_set_offset(easy, CURLOPT_INFILESIZE_LARGE, -1))
            self.method.hasBody = true
            self.method.isFramed = true
        case .open:
            try set(CURLOPT_UPLOAD, 1)
            try check(unsafe curlew_set_offset(easy, CURLOPT_INFILESIZE_LARGE, -1))
            self.method.hasBody = true
        case .whole(let bytes):
            try check(unsafe curlew_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
            let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            try check(unsafe curlew_set_pointer(easy, CURLOPT_POSTFIELDS, start))
            self.method.hasBody = true
        case .tunnel:
            try set(CURLOPT_UPLOAD, 1)
            try check(unsafe curlew_set_offset(easy, CURLOPT_INFILESIZE_LARGE, -1))
            // HTTP/2 has no upgrades (RFC 9113 §8.6).
            if speaksHTTP2 { try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) }
            try set(CURLOPT_FRESH_CONNECT, 1)
            try set(CURLOPT_FORBID_REUSE, 1)
            self.method.hasBody = true
            self.method.isTunnel = true
        }
        try setHead(request)
    }

    /// Has the request that the handle was given go over a new connection, which is kept afterwards as any other.
    package func useNewConnection() {
        _ = unsafe curlew_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        method.isNewWanted = true
    }

    private func setHead(_ request: RequestText) throws(CurlError) {
        switch headStyle {
        case .wholeText:
            var list = unsafe suppressed.list(hasHost: request.hasHost, hasBody: method.hasBody)
            if method.isTunnel || method.isFramed { unsafe list = suppressed.withoutCoding(list) }
            try check(unsafe curlew_set_list(easy, CURLOPT_HTTPHEADER, list))
            try check(unsafe curlew_set_string(easy, CURLOPT_REQUEST_TARGET, request.head))
        case .list:
            unsafe fields.split(request.head)
            var list = unsafe suppressed.list(before: fields.head)
            if method.isTunnel || method.isFramed { unsafe list = suppressed.withoutCoding(list) }
            try check(unsafe curlew_set_list(easy, CURLOPT_HTTPHEADER, list))
            try check(unsafe curlew_set_string(easy, CURLOPT_REQUEST_TARGET, fields.target))
        }
    }

    /// What a callback is about to hand out is the last of a body that is framed by the caller.
    ///
    /// libcurl sees the end of such a body only when it asks for more (and before 8.7 not even then). Should an error answer
    /// come first, it would stop an upload that is none any more, and close the connection.
    /// CURLOPT_KEEP_SENDING_ON_ERROR(3): "A parameter of 1 tells libcurl to keep sending the request body if the HTTP code
    /// returned is equal to or larger than 300."
    package func bodyEnds() {
        _ = unsafe curlew_set_long(easy, CURLOPT_KEEP_SENDING_ON_ERROR, 1)
        method.isBodySent = true
    }

    /// Back to a plain GET. The modes are sticky: a handle that sent a PUT would send the next GET as one.
    private func resetMethod() {
        if method.hasBody || method.isHead {
            _ = unsafe curlew_set_pointer(easy, CURLOPT_POSTFIELDS, nil)
            _ = unsafe curlew_set_long(easy, CURLOPT_HTTPGET, 1)
        }
        if method.isCustom { _ = unsafe curlew_set_string(easy, CURLOPT_CUSTOMREQUEST, nil) }
        if method.isReuseForbidden {
            _ = unsafe curlew_set_long(easy, CURLOPT_FORBID_REUSE, method.isAlwaysFresh ? 1 : 0)
        }
        if method.isNewWanted {
            _ = unsafe curlew_set_long(easy, CURLOPT_FRESH_CONNECT, method.isAlwaysFresh ? 1 : 0)
        }
        if method.isBodySent { _ = unsafe curlew_set_long(easy, CURLOPT_KEEP_SENDING_ON_ERROR, 0) }
        let isAlwaysFresh = method.isAlwaysFresh
        method = MethodState(isAlwaysFresh: isAlwaysFresh)
    }

    private func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError("curl_easy_setopt", code) }
    }
}
