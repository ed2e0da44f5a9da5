// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import CRuntime

/// The libcurl that runs, which may be newer than the one compiled against.
@safe
package struct CurlLibrary: Sendable {
    /// For example `7.88.1`.
    package let version: String
    /// 0xXXYYZZ: major, minor, patch. Behaviour is decided by this, not by the headers.
    package let versionNumber: UInt32
    /// Its TLS library, for example `OpenSSL/3.0.19`; `nil` for a build without TLS.
    package let tls: String?
    /// The libcurl that runs ends a transfer whose upload is paused when the peer closes in the middle of the response. Older
    /// ones, before 8.9, wait until they are asked to go on with the upload.
    package static let endsPausedUploads = unsafe curl_version_info(CURLVERSION_FIRST).pointee.version_num >= 0x08_0900

    /// The libcurl that runs speaks HTTP/2 as a gateway needs it, which is since 8.10 the case.
    ///
    /// Before 8.1, one response that nobody takes stops all others of its connection (`pause_stream_id`), and before 8.0 every
    /// request but the first of a connection fails without TLS (CURLE_HTTP2). Before 8.10, a connection that was lost looks
    /// like a stream that was refused: see ``Transfer/wasRefused``.
    package static let speaksHTTP2 = {
        let info = unsafe curl_version_info(CURLVERSION_FIRST)!.pointee
        return unsafe info.version_num >= 0x08_0A00 && info.features & CURL_VERSION_HTTP2 != 0
    }()

    /// Its version alone, for messages.
    package static var runningVersion: String {
        unsafe String(cString: curl_version_info(CURLVERSION_FIRST)!.pointee.version)
    }

    /// Features that matter to a gateway and that this build has, by libcurl's names.
    package let features: [String]

    /// Sets libcurl up for the process and says which one it is. Call it once, before any thread uses libcurl.
    package static func load() throws(CurlError) -> CurlLibrary {
        // curl_global_init(3): "This function must be called at least once within a program [...] before the program
        // calls any other function in libcurl."
        let code = unsafe curl_global_init_mem(
            Int(CURL_GLOBAL_ALL),
            curlew_allocate,
            curlew_free,
            curlew_reallocate,
            curlew_duplicate,
            curlew_allocate_zeroed
        )
        guard code == CURLE_OK else { throw CurlError("curl_global_init", code) }
        return CurlLibrary()
    }

    /// Frees the memory that the calling thread has kept for libcurl, and has it keep what libcurl frees from now on.
    ///
    /// - Parameter limit: how many bytes it may keep. 0 is for a thread to say before it ends.
    package static func keepFreedMemory(upTo limit: Int) {
        curlew_keep_memory(limit)
        if limit == 0 { curlew_forget_sockets() }
    }

    /// From now on nothing may come on a connection that libcurl keeps for later: if something has come when it is to be
    /// used again, libcurl takes it for broken. Before 8.0 libcurl would take what it finds there for the answer to the
    /// next request. It holds for the calling thread and until ``expectAnything(on:)`` or the next request.
    ///
    /// - Returns: Whether libcurl is told so. If not, whoever wants to know must look.
    package static func expectSilence(on socket: Int32) -> Bool {
        curlew_expect_silence(socket) != 0
    }

    /// Ends what ``expectSilence(on:)`` began.
    package static func expectAnything(on socket: Int32) {
        curlew_expect_anything(socket)
    }

    /// The libcurl that runs goes on reading a response that is paused whenever it sends some of the request body, and keeps
    /// what it has read without bound: 8.10 to 8.19 (`Curl_sendrecv` looks at KEEP_RECV and not at KEEP_RECV_PAUSE).
    ///
    /// With such a one a ``Transfer`` sends nothing while it is paused, so that a client that does not read cannot fill
    /// the memory by writing. The price is that its two directions are no longer independent.
    static let receivesWhilePaused: Bool = {
        let version = unsafe curl_version_info(CURLversion(rawValue: UInt32(CURLVERSION_ELEVENTH.rawValue)))!.pointee
            .version_num
        return version >= 0x080A00 && version < 0x081400
    }()

    /// CURLOPT_WRITEFUNCTION(3): "The maximum amount of body data that is passed to the write callback is defined in the
    /// curl.h header file: CURL_MAX_WRITE_SIZE (the usual default is 16K)." What libcurl receives at once it cuts up for that.
    package static var largestPiece: Int { Int(CURL_MAX_WRITE_SIZE) }

    private init() {
        let info = unsafe curl_version_info(CURLversion(rawValue: UInt32(CURLVERSION_ELEVENTH.rawValue)))!.pointee
        version = unsafe String(cString: info.version)
        versionNumber = unsafe info.version_num
        tls = unsafe info.ssl_version.map { unsafe String(cString: $0) }
        let bits = unsafe info.features
        let known: [(Int32, String)] = [
            (CURL_VERSION_ASYNCHDNS, "AsynchDNS"), (CURL_VERSION_HTTP2, "HTTP2"), (CURL_VERSION_HTTP3, "HTTP3"),
            (CURL_VERSION_IPV6, "IPv6"), (CURL_VERSION_SSL, "SSL"), (CURL_VERSION_THREADSAFE, "threadsafe"),
            (CURL_VERSION_UNIX_SOCKETS, "UnixSockets"),
        ]
        features = known.filter { bits & $0.0 != 0 }.map { $0.1 }
    }

    /// A handle keeps a pointer to the last header field of its transfer before, which is freed when the next one begins.
    ///
    /// If the first line behind the status line of the next response begins with a space, libcurl takes it for the rest of that
    /// field, and reallocates it: any backend could break the heap of the process (curl pull request 11103, in 8.1.1;
    /// Debian's 7.88.1 has the fault). This happens before the header callback could look at the line, so
    /// ``FoldedFieldGuard`` does. A handle of its own for each transfer would have no such pointer, and cost an eighth of
    /// all the CPU of a small request.
    static let keepsLastField: Bool = {
        let info = unsafe curl_version_info(CURLversion(rawValue: UInt32(CURLVERSION_ELEVENTH.rawValue)))!.pointee
        return unsafe info.version_num < 0x080101
    }()

    /// One line: `libcurl 7.88.1 (OpenSSL/3.0.19; AsynchDNS HTTP2 …)`.
    package var versionLine: String {
        let inside = [tls, features.joined(separator: " ")].compactMap { $0 }.joined(separator: "; ")
        return "libcurl \(version) (\(inside))"
    }
}
