// SPDX-License-Identifier: Apache-2.0

import Gateway
import Glibc

/// One question and one answer over TCP, with plain blocking calls: a health check is a process of its own, which has
/// nothing else to do.
enum BlockingConnection {
    /// Sends `request` and returns what comes back, until `isEnough` says so, the peer closes or there are 64 KiB of it.
    static func exchange(
        _ request: String,
        with address: ListenAddress,
        timeout: Duration,
        until isEnough: ([UInt8]) -> Bool
    ) throws(ProbeFailure) -> [UInt8] {
        let family = address.host.contains(":") ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("no socket to reach \(address) with", errno) }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + timeout
        limit(descriptor, until: deadline)
        guard connect(descriptor, to: address) == 0 else {
            // connect(2) says EINPROGRESS when SO_SNDTIMEO is up.
            let code = errno == EINPROGRESS ? ETIMEDOUT : errno
            let hint = code == ECONNREFUSED ? "; is the gateway running, and with the same --listen?" : ""
            throw failure("cannot connect to \(address)", code, hint: hint)
        }
        try send(Array(request.utf8), over: descriptor, to: address)
        return try receive(over: descriptor, from: address, deadline: deadline, until: isEnough)
    }

    private static func send(_ bytes: [UInt8], over descriptor: Int32, to address: ListenAddress) throws(ProbeFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot send to \(address)", errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func receive(
        over descriptor: Int32,
        from address: ListenAddress,
        deadline: ContinuousClock.Instant,
        until isEnough: ([UInt8]) -> Bool
    ) throws(ProbeFailure) -> [UInt8] {
        var answer = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !isEnough(answer), answer.count < 64 * 1024 {
            // One that answers a byte at a time would reset a plain SO_RCVTIMEO for ever.
            limit(descriptor, until: deadline)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw failure("no answer from \(address)", errno == EAGAIN ? ETIMEDOUT : errno)
            }
            if count == 0 { break }
            answer += chunk[..<count]
        }
        return answer
    }

    /// Lets each call on the socket take as long as is left until `deadline`.
    private static func limit(_ descriptor: Int32, until deadline: ContinuousClock.Instant) {
        // socket(7): "If the timeout is set to zero (the default) then the operation will never timeout."
        let left = max(deadline - ContinuousClock.now, .milliseconds(1))
        var time = timeval(
            tv_sec: Int(left.components.seconds),
            tv_usec: Int(left.components.attoseconds / 1_000_000_000_000)
        )
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                option,
                &time,
                socklen_t(MemoryLayout<timeval>.size)
            )
        }
    }

    private static func connect(_ descriptor: Int32, to address: ListenAddress) -> Int32 {
        if address.host.contains(":") {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = address.port.bigEndian
            _ = unsafe inet_pton(AF_INET6, address.host, &name.sin6_addr)
            return unsafe withUnsafeBytes(of: &name) { unsafe connect(descriptor, $0) }
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = address.port.bigEndian
        _ = unsafe inet_pton(AF_INET, address.host, &name.sin_addr)
        return unsafe withUnsafeBytes(of: &name) { unsafe connect(descriptor, $0) }
    }

    private static func connect(_ descriptor: Int32, _ name: UnsafeRawBufferPointer) -> Int32 {
        // Every socket address begins with the family, which is all that `sockaddr` is asked for.
        unsafe Glibc.connect(
            descriptor,
            name.baseAddress?.assumingMemoryBound(to: sockaddr.self),
            socklen_t(name.count)
        )
    }

    private static func failure(_ what: String, _ code: Int32, hint: String = "") -> ProbeFailure {
        ProbeFailure(description: unsafe "\(what): \(String(cString: strerror(code)))\(hint)")
    }
}
