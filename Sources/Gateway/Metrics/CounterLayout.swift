// SPDX-License-Identifier: Apache-2.0

/// Where in a block of words the numbers of a backend stand.
package enum BackendLayout {
    /// Attempts that are over.
    package static let attempts = 0
    /// Attempts that failed for the backend's sake, or were answered with 5xx.
    package static let failures = 1
    /// Answers by the first digit of their status, from 1 to 5.
    package static let responses = 2
    /// Bytes of request bodies.
    package static let bytesSent = 7
    /// Bytes of response bodies.
    package static let bytesReceived = 8
    /// Attempts for which a connection was made.
    package static let connections = 9
    package static let errors = 10
    package static let connect = errors + FailureReason.allCases.count
    package static let firstByte = connect + HistogramLayout.words
    package static let total = firstByte + HistogramLayout.words
    package static let words = total + HistogramLayout.words
}

/// Where in a block of words the numbers of a pool stand: of requests as clients see them.
package enum PoolLayout {
    /// Requests that are over, by method, and within that by the first digit of the status; 0 for none.
    package static let requests = 0
    /// Statuses that are told apart.
    package static let classes = 6
    package static let methods = 10
    package static let bytesReceived = requests + methods * classes
    package static let bytesSent = bytesReceived + 1
    package static let retries = bytesSent + 1
    package static let hedges = retries + 1
    /// Copies that were sent here for the pools of others.
    package static let mirrored = hedges + 1
    package static let errors = mirrored + 1
    package static let duration = errors + FailureReason.allCases.count
    package static let queueWait = duration + HistogramLayout.words
    package static let words = queueWait + HistogramLayout.words
}

/// A histogram within a block of words: the sum, in microseconds, and then the buckets.
package enum HistogramLayout {
    package static let sum = 0
    package static let buckets = 1
    package static let words = 1 + HistogramScale.buckets
}

/// Where in a block of words the numbers of a worker stand that belong to no pool.
package enum WorkerLayout {
    package static let accepted = 0
    /// Connections that were refused, by ``ConnectionRefusal``.
    package static let refused = 1
    package static let words = refused + ConnectionRefusal.allCases.count
}

/// Why a client's connection is not served.
package enum ConnectionRefusal: Int, Sendable, CaseIterable {
    case full, clientLimit, untrusted

    /// As a label.
    package var label: String {
        switch self {
        case .full: "connections"
        case .clientLimit: "connections_per_client"
        case .untrusted: "untrusted_proxy"
        }
    }
}
