// SPDX-License-Identifier: Apache-2.0

internal import CCurl

// libcurl's callbacks: each turns the C view into a safe one and calls the transfer it was given.

/// CURLOPT_HEADERFUNCTION(3): "The callback function must return the number of bytes actually taken care of. If that
/// amount differs from the amount passed in to your function, it signals an error condition to the library."
let lineCallback: curl_write_callback = { bytes, size, count, transfer in
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let decision = unsafe withTransfer(transfer) { unsafe $0.received(line: Span(_unsafeBytes: line)) }
    return result(of: decision, for: size * count)
}

let bodyCallback: curl_write_callback = { bytes, size, count, transfer in
    let body = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let decision = unsafe withTransfer(transfer) { unsafe $0.received(body: body) }
    return result(of: decision, for: size * count)
}

/// CURLOPT_READFUNCTION(3): "Returning 0 will signal end-of-file to the library and cause it to stop the current
/// transfer." With a chunked body that ends it well; with a known length the peer sees it cut short.
let uploadCallback: curl_write_callback = { buffer, size, count, transfer in
    let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
    switch unsafe withTransfer(transfer, { unsafe $0.fill(room) }) {
    case .bytes(let count), .spliced(let count, _): return count
    case .pause: return Int(CURL_READFUNC_PAUSE)
    case .end: return 0
    case .abort: return Int(CURL_READFUNC_ABORT)
    }
}

let prereqCallback: curl_prereq_callback = { transfer, _, _, _, localPort in
    unsafe withTransfer(transfer) { $0.willSend(fromPort: localPort) } ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

let openSocketCallback: curl_opensocket_callback = { multi, _, address in
    let (family, type, number) = unsafe (address!.pointee.family, address!.pointee.socktype, address!.pointee.protocol)
    return unsafe Unmanaged<MultiHandle>.fromOpaque(multi!)._withUnsafeGuaranteedRef {
        $0.open(family: family, type: type, protocolNumber: number)
    }
}

let closeSocketCallback: curl_closesocket_callback = { multi, socket in
    unsafe Unmanaged<MultiHandle>.fromOpaque(multi!)._withUnsafeGuaranteedRef { $0.close(socket) }
}

private func withTransfer<R>(_ pointer: UnsafeMutableRawPointer?, _ body: (Transfer) -> R) -> R {
    unsafe Unmanaged<Transfer>.fromOpaque(pointer!)._withUnsafeGuaranteedRef(body)
}

private func result(of decision: ReceiveDecision, for count: Int) -> Int {
    switch decision {
    case .taken: count
    case .pause: Int(CURL_WRITEFUNC_PAUSE)
    // An empty piece cannot be refused by taking less of it.
    case .abort: count == 0 ? 1 : 0
    }
}
