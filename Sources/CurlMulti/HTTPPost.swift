// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// Sends one body after another to one URL and waits for each answer, on a thread that has nothing else to do. The connection is
/// kept between two of them.
@safe
package final class HTTPPost {
    /// What came of one.
    package enum Outcome: Sendable {
        /// An answer: its status, what Retry-After says in seconds (0 where it says nothing), and the start of its body.
        case answered(status: Int, retryAfter: Int, body: [UInt8])
        /// None, and what libcurl says of why, as its command line tool would.
        case failed(String)
    }

    private static let bodyLimit = 4096

    /// How often it is looked whether to go on waiting, in milliseconds.
    private static let pulse: Int32 = 50

    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private var fields: UnsafeMutablePointer<curl_slist>?
    /// CURLOPT_ERRORBUFFER(3): "You must keep the associated buffer available until libcurl no longer needs it."
    private let words: UnsafeMutablePointer<CChar>
    fileprivate var received: [UInt8] = []

    /// - Parameters:
    ///   - url: Where to, `http` or `https`.
    ///   - headers: Whole lines, such as `Content-Type: application/json`, without CR, LF or NUL.
    /// - Throws: libcurl has no memory or cannot do with the URL.
    package init(url: String, headers: [String]) throws(CurlError) {
        guard let easy = unsafe curl_easy_init() else { throw CurlError("curl_easy_init", CURLE_FAILED_INIT) }
        guard let multi = unsafe curl_multi_init() else { throw CurlError("curl_multi_init", CURLM_OUT_OF_MEMORY) }
        unsafe self.easy = easy
        unsafe self.multi = multi
        unsafe words = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        // Else libcurl would wait for a 100 before a long body.
        for line in headers + ["Expect:"] {
            // curl_slist_append(3): "If anything went wrong, NULL is returned. Otherwise, the new list pointer is returned."
            guard let longer = unsafe curl_slist_append(fields, line) else {
                throw CurlError("curl_slist_append", CURLE_OUT_OF_MEMORY)
            }
            unsafe fields = longer
        }
        try setOptions(url)
    }

    deinit {
        // It holds no transfer: each was taken out when it was over.
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
        unsafe curl_slist_free_all(fields)
        unsafe words.deallocate()
    }

    private func setOptions(_ url: String) throws(CurlError) {
        try check("CURLOPT_URL", unsafe url.withCString { unsafe curlew_set_string(easy, CURLOPT_URL, $0) })
        try check("CURLOPT_ERRORBUFFER", unsafe curlew_set_pointer(easy, CURLOPT_ERRORBUFFER, words))
        try check("CURLOPT_HTTPHEADER", unsafe curlew_set_list(easy, CURLOPT_HTTPHEADER, fields))
        // Without it libcurl would use signals, and in a process with threads it must not.
        try check("CURLOPT_NOSIGNAL", unsafe curlew_set_long(easy, CURLOPT_NOSIGNAL, 1))
        // Neither the environment nor an answer is to say where it goes.
        try check("CURLOPT_NOPROXY", unsafe "*".withCString { unsafe curlew_set_string(easy, CURLOPT_NOPROXY, $0) })
        try check("CURLOPT_FOLLOWLOCATION", unsafe curlew_set_long(easy, CURLOPT_FOLLOWLOCATION, 0))
        try check("CURLOPT_POST", unsafe curlew_set_long(easy, CURLOPT_POST, 1))
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check("CURLOPT_WRITEFUNCTION", unsafe curlew_set_data_callback(easy, CURLOPT_WRITEFUNCTION, answerCallback))
        try check("CURLOPT_WRITEDATA", unsafe curlew_set_pointer(easy, CURLOPT_WRITEDATA, me))
    }

    /// Sends `body` and waits for the answer, `timeout` milliseconds at most, or until `isOver` says that nobody waits any more.
    package func send(_ body: [UInt8], timeout: Int, isOver: () -> Bool) -> Outcome {
        received.removeAll(keepingCapacity: true)
        let code = unsafe body.withUnsafeBytes { bytes in
            // CURLOPT_POSTFIELDS(3): "The data pointed to is NOT copied by the library: as a consequence, it must be preserved
            // by the calling application until the associated transfer finishes." That is within this call.
            let data = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            unsafe curlew_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            unsafe curlew_set_pointer(easy, CURLOPT_POSTFIELDS, data)
            unsafe curlew_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, timeout))
            return perform(isOver)
        }
        guard let code else { return .failed("the time was over") }
        guard code == CURLE_OK else {
            let said = unsafe String(cString: words)
            return .failed("(\(code.rawValue)) \(said.isEmpty ? CurlCode(code).description : said)")
        }
        var status = 0
        unsafe curlew_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        // CURLINFO_RETRY_AFTER(3): "The number of seconds that the HTTP server recommends the client should wait until the next
        // request is issued". It reads both forms of the field.
        var retryAfter: curl_off_t = 0
        unsafe curlew_get_offset(easy, CURLINFO_RETRY_AFTER, &retryAfter)
        return .answered(status: status, retryAfter: Int(clamping: retryAfter), body: received)
    }

    /// `nil` where nobody waits any more.
    private func perform(_ isOver: () -> Bool) -> CURLcode? {
        guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else { return CURLE_FAILED_INIT }
        // "It is perfectly fine to remove a handle in the middle of a transfer" (curl_multi_remove_handle(3)).
        defer { unsafe curl_multi_remove_handle(multi, easy) }
        var running: Int32 = 1
        while true {
            guard unsafe curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
            var left: Int32 = 0
            if running == 0 {
                let message = unsafe curl_multi_info_read(multi, &left)
                return unsafe message.map { unsafe curlew_message_result($0) } ?? CURLE_FAILED_INIT
            }
            if isOver() { return nil }
            _ = unsafe curl_multi_poll(multi, nil, 0, HTTPPost.pulse, nil)
        }
    }

    private func check(_ call: String, _ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(call, code) }
    }

    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) {
        let room = max(0, HTTPPost.bodyLimit - received.count)
        unsafe received.append(contentsOf: bytes.prefix(room))
    }
}

private let answerCallback: curl_write_callback = { bytes, size, count, post in
    // The post that lies behind the pointer is in the middle of its call of libcurl.
    unsafe Unmanaged<HTTPPost>.fromOpaque(post!)._withUnsafeGuaranteedRef {
        unsafe $0.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    return size * count
}
