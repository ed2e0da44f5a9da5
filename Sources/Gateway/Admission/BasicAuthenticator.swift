// SPDX-License-Identifier: Apache-2.0

/// Who may come by name and password (RFC 7617), as one route has it. Shared by all workers.
///
/// A worker asks ``finding(_:at:)``, which takes a microsecond and knows what was found out lately; where that says
/// `unknown`, ``verify(_:)`` has to be called on a thread that may be slow, and tells what it finds to ``remember(_:of:at:)``.
final class BasicAuthenticator: Sendable {
    /// What is known of a request's credentials.
    enum Finding {
        case accepted
        /// They are wrong, or are no credentials of this scheme.
        case refused
        /// The request has none.
        case missing
        /// They have to be verified.
        case unknown(SipHash.Tag)
    }

    /// How long right credentials pass without being hashed again: 5 minutes.
    static let acceptedLife: UInt64 = 300_000_000_000
    /// How long wrong ones are refused without being hashed again: a client that keeps repeating an old password must not
    /// keep others waiting. 1 minute.
    static let refusedLife: UInt64 = 60_000_000_000
    /// Of each kind.
    private static let remembered = 4096

    /// The value of WWW-Authenticate.
    let challenge: [UInt8]
    private let realm: String
    private let users: [String: String]
    /// Is hashed for a name that nobody has, so that the time tells nothing of who there is.
    private let decoy: String?
    private let hash = SipHash.random()
    private let accepted = Locked(VerdictCache(capacity: remembered, life: acceptedLife))
    private let refused = Locked(VerdictCache(capacity: remembered, life: refusedLife))

    init(_ configuration: BasicAuthConfiguration) {
        realm = configuration.realm
        users = configuration.users
        decoy = configuration.users.min { $0.key < $1.key }?.value
        challenge = BasicAuthenticator.challenge(realm: configuration.realm)
    }

    /// `previous`, with what it has found out, if the configuration is the same; else a new one.
    static func of(_ configuration: BasicAuthConfiguration, after previous: BasicAuthenticator?) -> BasicAuthenticator {
        if let previous, previous.users == configuration.users, previous.realm == configuration.realm {
            return previous
        }
        return BasicAuthenticator(configuration)
    }

    // MARK: On a worker

    /// What is known at `now`, in nanoseconds, of the credentials that `request` has.
    func finding(_ request: RequestHead, in input: ByteBuffer, at now: UInt64) -> Finding {
        guard let field = request.first(.authorization) else { return .missing }
        // Of two, a backend might believe the other.
        guard request.fields.count(where: { $0.known == .authorization }) == 1, field.valueLength <= 4096 else {
            return .refused
        }
        let tag = input.withBytes(field.value) { value in
            var hash = hash
            hash.append(value)
            return hash.finish()
        }
        if accepted.withLock({ $0.contains(tag, at: now) }) { return .accepted }
        if refused.withLock({ $0.contains(tag, at: now) }) { return .refused }
        return .unknown(tag)
    }

    // MARK: On any thread

    /// Whether the credentials are right. Takes as long as the hash's method says, whether or not there is such a user.
    func verify(_ credentials: BasicCredentials) -> Bool {
        let stored = users[credentials.user]
        guard let hash = stored ?? decoy else { return false }
        let isRight = PasswordHash.matches(credentials.password, hash)
        return isRight && stored != nil
    }

    /// Keeps what was found of the credentials whose tag this is.
    func remember(_ isRight: Bool, of tag: SipHash.Tag, at now: UInt64) {
        (isRight ? accepted : refused).withLock { $0.insert(tag, at: now) }
    }

    /// RFC 7617 §2.1: `charset` says in which encoding name and password are to be sent. In a quoted string (RFC 9110 §5.6.4),
    /// without what no field value may hold.
    private static func challenge(realm: String) -> [UInt8] {
        var bytes = Array("Basic realm=\"".utf8)
        for byte in realm.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(ASCII.isFieldValue(byte) ? byte : ASCII.space)
        }
        return bytes + Array("\", charset=\"UTF-8\"".utf8)
    }
}
