// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// What decides about the Host field of requests to a backend, where it is not the client's alone.
struct BackendHost: Sendable {
    /// The line, with its CRLF.
    let field: [UInt8]
    /// It stands in place of the client's, and not only where a client sends none.
    let replacesClients: Bool
}

extension BackendConfiguration {
    var hostField: BackendHost? {
        if let host = options.host { return BackendHost(field: Array("Host: \(host)\r\n".utf8), replacesClients: true) }
        // AWS knows no host but its own, and what is signed must be in the text.
        if options.awsSigV4 != nil {
            return BackendHost(field: Array("Host: \(url.shortAuthority)\r\n".utf8), replacesClients: true)
        }
        // libcurl would add the host of the URL that it has, which is the server name then.
        guard options.serverName != nil else { return nil }
        return BackendHost(field: Array("Host: \(url.shortAuthority)\r\n".utf8), replacesClients: false)
    }
}

extension Backend {
    /// What it is sent of a request's head is for it alone.
    var hasOwnHead: Bool { hostField != nil || speaksHTTP2 || isSigned }

    /// How libcurl reaches it, for requests and for pings alike. Times are for the caller to set.
    var transferTarget: TransferTarget {
        var target = TransferTarget(
            url: url.transferURL(serverName: options.serverName),
            isAddress: isAddress,
            unixSocket: url.unixSocketPath,
            connectTimeoutMilliseconds: nil
        )
        target.speaksHTTP2 = speaksHTTP2
        if options != BackendOptions() { target.connection = connectionSettings }
        return target
    }

    private var connectionSettings: ConnectionSettings {
        var settings = ConnectionSettings()
        settings.connectTo = options.connectTo ?? options.serverName.map { _ in url.authority }
        settings.proxy = options.proxy
        if let source = options.interface {
            let isAddress = source.contains(":") || BackendURL.isIPv4(source)
            settings.source = isAddress ? .address(source) : .interface(source)
        }
        settings.authorityFile = options.tls.authorityFile?.path
        settings.certificateFile = options.tls.certificateFile?.path
        settings.keyFile = options.tls.keyFile?.path
        settings.owner = options.tls
        settings.pinnedKey = options.tls.pinnedKey
        settings.verifies = options.tls.verifies
        return settings
    }

    /// Nothing has to be looked up to connect.
    var isAddress: Bool {
        if options.proxy != nil { return false }
        guard let place = options.connectTo, let colon = place.lastIndex(of: ":") else { return url.isAddress }
        return BackendURL.isAddress(String(place[..<colon]))
    }

    /// It can be told that nothing more will be sent while it is still listened to. TLS would need its own sign for that
    /// ahead of the socket's, and libcurl has no way to send it.
    var canFinishSending: Bool {
        url.scheme == .http && options.proxy?.hasPrefix("https:") != true
    }
}
