// SPDX-License-Identifier: Apache-2.0

extension Array where Element == UInt8 {
    /// Adds the bytes of `span`, in one copy: for a span the standard library offers a loop only.
    mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
