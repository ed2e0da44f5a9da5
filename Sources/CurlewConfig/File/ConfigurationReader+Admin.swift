// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// Reads `admin`; `listen` is where the file has clients connect.
    mutating func admin(_ field: Field?, beside listen: [ListenAddress]) -> AdminConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .admin) else { return nil }
        var admin = AdminConfiguration(listen: ListenAddress(host: "127.0.0.1", port: 3900))
        assign(&admin.listen, fields["listen"], .listenAddress)
        admin.token =
            secret(fromFile: fields["token_file"])
            ?? read(fields["token"], .filled("a token", example: "a-long-random-text"))
        if let token = admin.token, !Self.canBeShown(token) {
            let field = fields["token_file"] ?? fields["token"]
            report(
                field?.value.mark ?? field?.keyMark,
                field?.path ?? "admin.token",
                "no request can show this token: it begins or ends with a space, or holds a control character",
                hint: "use letters and digits, for example those that `openssl rand -hex 24` prints"
            )
        }
        let isOpen = !admin.listen.isLoopback && fields["token"] == nil && fields["token_file"] == nil
        if isOpen {
            report(
                fields["listen"]?.value.mark ?? field.value.mark,
                field.path,
                "other machines can reach \(admin.listen), and nothing keeps them from asking",
                hint: "add token_file: /run/secrets/curlew, or listen on 127.0.0.1:\(admin.listen.port)"
            )
        }
        if let other = listen.first(where: admin.listen.collides) {
            reportTaken(admin.listen, by: other, fields["listen"]?.value.mark ?? field.value.mark, field.path)
        }
        return admin
    }

    /// A field value loses the spaces around it, and holds no control characters (RFC 9110 §5.5).
    private static func canBeShown(_ token: String) -> Bool {
        guard let first = token.utf8.first, let last = token.utf8.last else { return false }
        return first != 0x20 && last != 0x20 && token.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
