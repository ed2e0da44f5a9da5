// SPDX-License-Identifier: Apache-2.0

internal import CCrypt

/// Hashes of passwords as crypt(5) has them. The only door to libcrypt.
@safe
package enum PasswordHash {
    /// More than this no method takes (`CRYPT_MAX_PASSPHRASE_SIZE` of crypt(3), less the NUL).
    static let maximumPassword = 511

    /// Whether `password` has this hash. Takes as long as its method and cost say: milliseconds to seconds.
    ///
    /// Without memory it is none. Of the password nothing stays in memory that was allocated here.
    static func matches(_ password: [UInt8], _ hash: String) -> Bool {
        guard password.count <= maximumPassword, !password.contains(0), let state = unsafe curlew_crypt_make() else {
            return false
        }
        defer {
            unsafe curlew_crypt_forget(state)
            unsafe curlew_crypt_free(state)
        }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: maximumPassword + 1) { phrase in
            for (index, byte) in password.enumerated() { unsafe phrase[index] = CChar(bitPattern: byte) }
            unsafe phrase[password.count] = 0
            defer { for index in phrase.indices { unsafe phrase[index] = 0 } }
            return unsafe hash.withCString { setting in
                guard let start = phrase.baseAddress, let made = unsafe curlew_crypt(start, setting, state) else {
                    return false
                }
                return unsafe isSame(made, setting)
            }
        }
    }

    /// Compares two C strings in a time that does not tell where they differ.
    private static func isSame(_ one: UnsafePointer<CChar>, _ other: UnsafePointer<CChar>) -> Bool {
        var difference: CChar = 0
        var index = 0
        while true {
            unsafe difference |= one[index] ^ other[index]
            // What differs in length differs here at the latest.
            if unsafe one[index] == 0 || other[index] == 0 { return difference == 0 }
            index += 1
        }
    }
}
