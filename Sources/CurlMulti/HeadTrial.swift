// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc

/// Has libcurl send one request in ``HeadStyle/wholeText`` to a socket of this process, and looks at what arrives.
struct HeadTrial: ~Copyable {
    private let listener = socket(
        AF_UNIX,
        Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
        0
    )

    deinit { close(listener) }

    func succeeds() -> Bool {
        guard let name = boundName(), listen(listener, 1) == 0 else { return false }
        guard let easy = unsafe curl_easy_init(), let multi = unsafe curl_multi_init() else { return false }
        defer {
            unsafe curl_multi_remove_handle(multi, easy)
            unsafe curl_easy_cleanup(easy)
            unsafe curl_multi_cleanup(multi)
        }
        let suppressed = SuppressedFields()
        let codes = unsafe [
            curlew_set_string(easy, CURLOPT_URL, "http://localhost/"),
            curlew_set_string(easy, CURLOPT_ABSTRACT_UNIX_SOCKET, name),
            curlew_set_long(easy, CURLOPT_NOSIGNAL, 1),
            curlew_set_string(easy, CURLOPT_REQUEST_TARGET, "/trial HTTP/1.1\r\nHost: a\r\nX-Curlew:"),
            curlew_set_list(easy, CURLOPT_HTTPHEADER, suppressed.list(hasHost: true, hasBody: false)),
        ]
        guard codes.allSatisfy({ $0 == CURLE_OK }), unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return false
        }
        return unsafe received(from: multi).elementsEqual(
            "GET /trial HTTP/1.1\r\nHost: a\r\nX-Curlew: HTTP/1.1\r\n\r\n".utf8
        )
    }

    /// Binds to a name of the kernel's choice, which no file stands for: unix(7), "If a bind(2) call specifies addrlen as
    /// sizeof(sa_family_t) [...] the socket is autobound to an abstract address".
    private func boundName() -> String? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        return unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = unsafe bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            var length = socklen_t(bytes.count)
            guard unsafe bind(listener, pointer, socklen_t(MemoryLayout<sa_family_t>.size)) == 0,
                unsafe getsockname(listener, pointer, &length) == 0, length > 3, length < 32
            else { return nil }
            return unsafe String(decoding: bytes[3..<Int(length)], as: UTF8.self)
        }
    }

    /// The bytes of the request. It is never answered.
    private func received(from multi: UnsafeMutableRawPointer) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        var connection: Int32 = -1
        defer { if connection >= 0 { close(connection) } }
        // At most a second, and in practice two rounds.
        for _ in 0..<100 {
            var running: Int32 = 0
            guard unsafe curl_multi_perform(multi, &running) == CURLM_OK, running == 1 else { return [] }
            if connection < 0 { connection = accept(listener, nil, nil) }
            if connection >= 0 {
                let count = unsafe recv(connection, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                if count > 0 { return Array(bytes[..<count]) }
            }
            unsafe curl_multi_poll(multi, nil, 0, 10, nil)
        }
        return []
    }
}
