// SPDX-License-Identifier: Apache-2.0

func check(_ bytes: [UInt8]) throws {
    try ChunkedInvariants.check(bytes)
}
