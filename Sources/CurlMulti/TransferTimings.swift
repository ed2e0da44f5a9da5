// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// Where a transfer's time went, as libcurl measured it: microseconds since the start of the transfer. The first three are
/// steps of making a connection, and 0 where none had to be made.
package struct TransferTimings: Sendable, Equatable {
    /// The name was resolved (`CURLINFO_NAMELOOKUP_TIME_T`).
    package var nameLookup: Int64 = 0
    /// TCP was connected (`CURLINFO_CONNECT_TIME_T`).
    package var connect: Int64 = 0
    /// TLS was agreed (`CURLINFO_APPCONNECT_TIME_T`). 0 without TLS.
    package var appConnect: Int64 = 0
    /// The whole (`CURLINFO_TOTAL_TIME_T`).
    package var total: Int64 = 0
    /// No connection had to be made (`CURLINFO_NUM_CONNECTS`).
    package var isReused = false

    package init() {}

    /// libcurl's first-byte time is left out: before 8.3 it is the time of the first byte *sent* of an upload.
    init(_ easy: UnsafeMutableRawPointer) {
        total = unsafe TransferTimings.offset(easy, CURLINFO_TOTAL_TIME_T)
        var connects = 0
        unsafe curlew_get_long(easy, CURLINFO_NUM_CONNECTS, &connects)
        isReused = connects == 0
        if isReused { return }
        nameLookup = unsafe TransferTimings.offset(easy, CURLINFO_NAMELOOKUP_TIME_T)
        connect = unsafe TransferTimings.offset(easy, CURLINFO_CONNECT_TIME_T)
        appConnect = unsafe TransferTimings.offset(easy, CURLINFO_APPCONNECT_TIME_T)
    }

    private static func offset(_ easy: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        unsafe curlew_get_offset(easy, info, &value)
        return Int64(value)
    }
}
