// SPDX-License-Identifier: Apache-2.0

internal import CCurl

extension Transfer {
    /// Sets how the handle connects, over what ``setFixedOptions(_:multi:)`` has set for all.
    func setConnection(_ settings: ConnectionSettings) throws(CurlError) {
        if let list = unsafe connectTo {
            try check("CURLOPT_CONNECT_TO", unsafe curlew_set_list(easy, CURLOPT_CONNECT_TO, list))
        }
        if let proxy = settings.proxy { try setProxy(proxy) }
        // CURLOPT_INTERFACE(3): "if!<name>" is an interface only, "host!<name>" an address only. Without such a prefix a
        // name that is no interface would be looked up, and everything would wait for the answer.
        switch settings.source {
        case .interface(let name): try set(CURLOPT_INTERFACE, "if!\(name)")
        case .address(let address): try set(CURLOPT_INTERFACE, "host!\(address)")
        case nil: break
        }
        try setTrust(settings)
    }

    private func setProxy(_ proxy: String) throws(CurlError) {
        // CURLOPT_NOPROXY(3): 'Setting the noproxy string to "" (an empty string) will explicitly enable the proxy for all
        // host names, even if there is an environment variable set for it.'
        try set(CURLOPT_NOPROXY, "")
        try set(CURLOPT_PROXY, proxy)
        // A proxy for HTTP is asked for a tunnel (RFC 9110 §9.3.6) to plain backends too: it would else be sent targets in
        // absolute form, and could change what passes.
        try set(CURLOPT_HTTPPROXYTUNNEL, 1)
        // The head of the proxy's answer is not the backend's.
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    private func setTrust(_ settings: ConnectionSettings) throws(CurlError) {
        if let file = settings.authorityFile { try set(CURLOPT_CAINFO, file) }
        if let file = settings.certificateFile {
            try set(CURLOPT_SSLCERT, file)
            try set(CURLOPT_SSLKEY, settings.keyFile ?? file)
        }
        if let key = settings.pinnedKey { try set(CURLOPT_PINNEDPUBLICKEY, key) }
        if !settings.verifies {
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }
}
