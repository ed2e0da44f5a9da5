// SPDX-License-Identifier: Apache-2.0

internal import CCurl

extension Transfer {
    /// Sets what is the same for every request: where it goes, and that libcurl does nothing by itself.
    func setFixedOptions(_ target: TransferTarget, multi: MultiHandle) throws(CurlError) {
        // Both forms: without the text, each new handle would have libcurl write it out of the parts.
        try set(CURLOPT_URL, target.url)
        try check("CURLOPT_CURLU", unsafe curlew_set_pointer(easy, CURLOPT_CURLU, UnsafeMutableRawPointer(url)))
        if let path = target.unixSocket { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
        // libcurl sets a timer for it in every transfer, with a new connection or not.
        if let limit = target.connectTimeoutMilliseconds { try set(CURLOPT_CONNECTTIMEOUT_MS, limit) }
        try set(CURLOPT_TIMEOUT_MS, target.totalTimeoutMilliseconds)
        try set(CURLOPT_FRESH_CONNECT, target.isFresh ? 1 : 0)
        try set(CURLOPT_FORBID_REUSE, target.isFresh ? 1 : 0)
        method.isAlwaysFresh = target.isFresh
        // A name is looked up again after a while, since containers come back under new addresses. An address stays, and
        // libcurl need not go through its cache after each transfer to see what is old.
        try set(CURLOPT_DNS_CACHE_TIMEOUT, target.isAddress ? -1 : 10)
        try switchOffWhatLibcurlWouldDoByItself()
        if target.speaksHTTP2 { try setHTTP2(target) }
        if target.decodesChunks { try set(CURLOPT_HTTP_TRANSFER_DECODING, 1) }
        try set(CURLOPT_BUFFERSIZE, 64 * 1024)
        try setCallbacks(multi)
    }

    private func switchOffWhatLibcurlWouldDoByItself() throws(CurlError) {
        // Without it libcurl sets signal handlers around each step.
        try set(CURLOPT_NOSIGNAL, 1)
        // CURLOPT_NOPROXY(3): "The only wildcard available is a single * character, which matches all hosts, and
        // effectively disables the proxy." It also keeps libcurl from reading the environment at all.
        let everyHost: StaticString = "*"
        try unsafe everyHost.utf8Start.withMemoryRebound(to: CChar.self, capacity: 2) { text throws(CurlError) in
            try check("CURLOPT_NOPROXY", unsafe curlew_set_string(easy, CURLOPT_NOPROXY, text))
        }
        // No upgrade by ALPN, no multiplexing.
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // No other protocol need be forbidden: the URL is the configuration's, and redirects are the client's affair.
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // Bodies pass as they are, and chunks too: libcurl finds their end, but is far from strict about how they are framed
        // (RFC 9112 §7.1), and that can be seen only in the bytes.
        try set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        try set(CURLOPT_HTTP_TRANSFER_DECODING, 0)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_HTTPAUTH, 0)
        // CURLOPT_QUICK_EXIT(3): "pass a long as a parameter, 1L meaning that when recovering from a timeout, libcurl
        // should skip lengthy cleanups". Cancelling during a name lookup would else wait for the lookup's thread.
        try set(CURLOPT_QUICK_EXIT, 1)
        // With a CA directory preset, libcurl does not cache the parsed CA bundle; /etc/ssl/certs/ca-certificates.crt
        // holds the same certificates.
        _ = unsafe curlew_set_string(easy, CURLOPT_CAPATH, nil)
    }

    private func setHTTP2(_ target: TransferTarget) throws(CurlError) {
        // CURL_HTTP_VERSION_2TLS: "Attempt HTTP 2 over TLS (HTTPS) only. libcurl falls back to HTTP 1.1 if HTTP 2 cannot be
        // negotiated with the HTTPS server."
        let isTLS = target.url.hasPrefix("https:")
        try set(CURLOPT_HTTP_VERSION, isTLS ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        // CURLOPT_PIPEWAIT(3): "the chance to multiplex is priority". Else each of many requests at the start would open a
        // connection of its own.
        try set(CURLOPT_PIPEWAIT, 1)
    }

    private func setCallbacks(_ multi: MultiHandle) throws(CurlError) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        let owner = unsafe Unmanaged.passUnretained(multi).toOpaque()
        try check("CURLOPT_ERRORBUFFER", unsafe curlew_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try check("CURLOPT_PRIVATE", unsafe curlew_set_pointer(easy, CURLOPT_PRIVATE, me))
        try check("CURLOPT_HEADERFUNCTION", unsafe curlew_set_data_callback(easy, CURLOPT_HEADERFUNCTION, lineCallback))
        try check("CURLOPT_HEADERDATA", unsafe curlew_set_pointer(easy, CURLOPT_HEADERDATA, me))
        try check("CURLOPT_WRITEFUNCTION", unsafe curlew_set_data_callback(easy, CURLOPT_WRITEFUNCTION, bodyCallback))
        try check("CURLOPT_WRITEDATA", unsafe curlew_set_pointer(easy, CURLOPT_WRITEDATA, me))
        try check("CURLOPT_READFUNCTION", unsafe curlew_set_data_callback(easy, CURLOPT_READFUNCTION, uploadCallback))
        try check("CURLOPT_READDATA", unsafe curlew_set_pointer(easy, CURLOPT_READDATA, me))
        try check("CURLOPT_PREREQFUNCTION", unsafe curlew_set_prereq(easy, prereqCallback))
        try check("CURLOPT_PREREQDATA", unsafe curlew_set_pointer(easy, CURLOPT_PREREQDATA, me))
        // These two outlive the transfer with the connection, so they point at the multi handle, which outlives both.
        try check("CURLOPT_OPENSOCKETFUNCTION", unsafe curlew_set_open_socket(easy, openSocketCallback))
        try check("CURLOPT_OPENSOCKETDATA", unsafe curlew_set_pointer(easy, CURLOPT_OPENSOCKETDATA, owner))
        try check("CURLOPT_CLOSESOCKETFUNCTION", unsafe curlew_set_close_socket(easy, closeSocketCallback))
        try check("CURLOPT_CLOSESOCKETDATA", unsafe curlew_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, owner))
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check("option \(option.rawValue)", unsafe curlew_set_long(easy, option, value))
    }

    /// libcurl copies strings: curl_easy_setopt(3), "You do not have to keep the string around in your application".
    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        // Handed over as it lies there: as an argument it would be copied first.
        let code = unsafe value.withCString { unsafe curlew_set_string(easy, option, $0) }
        try check("option \(option.rawValue)", code)
    }

    func check(_ call: @autoclosure () -> String, _ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(call(), code) }
    }
}
