// SPDX-License-Identifier: Apache-2.0

internal import Signing

/// The cookie by which a client stays with the backend that served it first.
///
/// Its value is `backend.expiry.signature`: what the backend is known by (``Backend/identity``, 16 hexadecimal digits),
/// when the cookie is over (seconds since 1970, 0 for never), and an HMAC-SHA-256 of both, of the cookie's name and of the
/// pool's (64 digits). So a cookie survives restarts and changes of the file, tells nobody an address, and cannot be
/// made by a client that would choose its backend, nor out of the cookie of another pool.
package struct StickyCookie: Sendable {
    package let name: [UInt8]
    private let configuration: StickyConfiguration
    /// What it signs with: the configuration's, or one that was made.
    private let secret: [UInt8]
    private let authenticator: MessageAuthenticator
    /// What is signed before the value.
    private let context: [UInt8]

    private static let digits = Array("0123456789abcdef".utf8)
    private static let dot = UInt8(ascii: ".")
    private static let identityLength = 16

    /// - Parameters:
    ///   - configuration: With an empty secret, one is made that lasts as long as the process.
    ///   - pool: The pool's name.
    ///   - previous: The pool's before the configuration changed; with its secret, if that was made, this one goes on.
    package init(_ configuration: StickyConfiguration, pool: String, after previous: StickyCookie? = nil) {
        self.configuration = configuration
        name = Array(configuration.cookie.utf8)
        let made = previous.flatMap { $0.configuration.secret.isEmpty ? $0.secret : nil }
        secret =
            configuration.secret.isEmpty
            ? made ?? (0..<32).map { _ in .random(in: .min ... .max) } : configuration.secret
        authenticator = MessageAuthenticator(key: secret)
        // Neither a cookie's name nor a line break can stand in the other's place.
        context = Array("curlew sticky 1\n\(configuration.cookie)\n\(pool)\n".utf8)
    }

    /// The backend that a cookie's value names.
    ///
    /// - Parameters:
    ///   - value: As the client sent it.
    ///   - time: Now, in seconds since 1970.
    /// - Returns: Its ``Backend/identity``. `nil` where the value is not one of ours, was changed, or is over; then the
    ///   client has no backend yet.
    package func backend(in value: Span<UInt8>, at time: UInt64) -> UInt64? {
        let signatureLength = 2 * MessageAuthenticator.length
        let length = value.count - signatureLength - 1
        // Nothing that is not a decimal number of up to 20 digits between two dots.
        guard length > Self.identityLength + 1, length <= Self.identityLength + 21 else { return nil }
        guard value[length] == Self.dot, value[Self.identityLength] == Self.dot else { return nil }
        var signature: [UInt8] = []
        signature.reserveCapacity(MessageAuthenticator.length)
        for place in stride(from: length + 1, to: value.count, by: 2) {
            guard let high = Self.digit(value[place]), let low = Self.digit(value[place + 1]) else { return nil }
            signature.append(UInt8(high << 4 | low))
        }
        var message = context
        for place in 0..<length { message.append(value[place]) }
        guard authenticator.isSignature(signature.span, of: message.span) else { return nil }

        var identity: UInt64 = 0
        for place in 0..<Self.identityLength {
            guard let digit = Self.digit(value[place]) else { return nil }
            identity = identity << 4 | digit
        }
        var expiry: UInt64 = 0
        for place in (Self.identityLength + 1)..<length {
            guard let digit = Self.digit(value[place]), digit < 10 else { return nil }
            expiry = expiry &* 10 &+ digit
        }
        return expiry == 0 || time < expiry ? identity : nil
    }

    /// The value of a cookie for the backend with this identity, issued at `time` (seconds since 1970); `nil` where
    /// OpenSSL does not sign.
    package func value(for identity: UInt64, at time: UInt64) -> [UInt8]? {
        var value: [UInt8] = []
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            value.append(Self.digits[Int((identity >> shift) & 15)])
        }
        value.append(Self.dot)
        let expiry = configuration.timeToLive.map { time &+ Self.seconds($0) } ?? 0
        value.append(contentsOf: String(expiry).utf8)
        let message = context + value
        guard let signature = authenticator.signature(of: message.span) else { return nil }
        value.append(Self.dot)
        for byte in signature {
            value.append(Self.digits[Int(byte >> 4)])
            value.append(Self.digits[Int(byte & 15)])
        }
        return value
    }

    /// The value of a Set-Cookie field that sends the client back to a backend (RFC 6265 §4.1).
    ///
    /// Always `HttpOnly`: no script has a use for it.
    ///
    /// - Parameters:
    ///   - identity: The backend's; see ``Backend/identity``.
    ///   - time: Now, in seconds since 1970.
    ///   - isSecure: The client's own connection is over TLS, as far as is known.
    /// - Returns: `nil` where OpenSSL does not sign.
    package func setCookie(for identity: UInt64, at time: UInt64, isSecure: Bool) -> [UInt8]? {
        guard let value = value(for: identity, at: time) else { return nil }
        var text = name
        text.append(UInt8(ascii: "="))
        text.append(contentsOf: value)
        text.append(contentsOf: "; Path=\(configuration.path)".utf8)
        if let timeToLive = configuration.timeToLive {
            text.append(contentsOf: "; Max-Age=\(Self.seconds(timeToLive))".utf8)
        }
        text.append(contentsOf: "; HttpOnly; SameSite=\(Self.text(of: configuration.sameSite))".utf8)
        let isMarkedSecure =
            switch configuration.secure {
            case .auto: isSecure
            case .always: true
            case .never: false
            }
        // Browsers refuse SameSite=None without it.
        if isMarkedSecure || configuration.sameSite == .none { text.append(contentsOf: "; Secure".utf8) }
        return text
    }

    private static func text(of sameSite: StickyConfiguration.SameSite) -> String {
        switch sameSite {
        case .strict: "Strict"
        case .lax: "Lax"
        case .none: "None"
        }
    }

    /// Whole seconds, at least 1: a cookie that is over at once is none.
    private static func seconds(_ duration: Duration) -> UInt64 {
        UInt64(max(1, duration.components.seconds))
    }

    /// Small letters only: those are what is issued.
    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
