// SPDX-License-Identifier: Apache-2.0

/// Path and query of a request on their way to a backend, or into the target of a redirect.
struct ForwardedPath {
    private let path: Range<Int>
    /// With its question mark.
    private let query: Range<Int>
    private let input: ByteBuffer

    init(_ request: RequestHead, in input: ByteBuffer) {
        path = input.withBytes(0..<request.length) { request.path(in: $0) }
        query = path.upperBound..<request.pathStart + request.pathLength
        self.input = input
    }

    /// Writes the path, which begins with a slash; other bytes than those that `rewriter` replaces are as they were sent.
    ///
    /// - Returns: Whether `rewriter` has replaced anything.
    @discardableResult
    func write(to output: ByteBuffer, _ rewriter: PathRewriter?) -> Bool {
        let prefix = rewriter.flatMap { rewriter in input.withBytes(path) { rewriter.prefixLength(of: $0) } }
        if let prefix, let rewriter {
            output.append(rewriter.to)
            if rewriter.to.isEmpty && prefix == path.count { output.append(ASCII.slash) }
            input.withBytes(path.lowerBound + prefix..<path.upperBound) { output.append($0) }
            return true
        }
        let isPath = input.withBytes(path) { !$0.isEmpty && $0[0] == ASCII.slash }
        if isPath { input.withBytes(path) { output.append($0) } } else { output.append(ASCII.slash) }
        return false
    }

    func writeQuery(to output: ByteBuffer) {
        input.withBytes(query) { output.append($0) }
    }
}
