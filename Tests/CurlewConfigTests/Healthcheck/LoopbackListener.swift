// SPDX-License-Identifier: Apache-2.0

import Gateway
import Glibc

/// A socket that listens on a free port of 127.0.0.1.
struct LoopbackListener: Sendable {
    struct Failure: Error { let call: String }

    let address: ListenAddress
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name -> String? in
                if bind(descriptor, name, length) != 0 { return "bind" }
                if listen(descriptor, 8) != 0 { return "listen" }
                return getsockname(descriptor, name, &length) == 0 ? nil : "getsockname"
            }
        }
        if let status { throw Failure(call: status) }
        address = ListenAddress(host: "127.0.0.1", port: UInt16(bigEndian: name.sin_port))
    }

    /// Accepts one connection, reads a head from it, answers and closes. Returns the head.
    func answerOne(with answer: String) -> String {
        let connection = accept(descriptor, nil, nil)
        defer { Glibc.close(connection) }
        var head = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 1024)
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            head += chunk[..<count]
        }
        _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        return String(decoding: head, as: UTF8.self)
    }

    func close() {
        Glibc.close(descriptor)
    }
}
