// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// One server of a pool, as all threads see it.
///
/// Who it is never changes; how it is doing is atomic. A changed configuration makes another object for it, with another
/// place in another pool, that counts and measures where this one does; see ``BackendRecord``. Whether it is available is not here but in its pool, so that a
/// strategy reads the availability of all backends at once. For the same reason its counters lie beside those of the
/// pool's other backends, in ``BackendMeasures``.
package final class Backend: Sendable {
    /// Its place in the pool and in ``BackendSet``, counted from 0 in the order of the file.
    package let index: Int
    /// Where it listens.
    package let url: BackendURL
    /// How it is connected to.
    let options: BackendOptions
    /// What it is sent as Host other than what the client sends; `nil` where that is nothing.
    let hostField: BackendHost?
    /// HTTP/2 is to be spoken to it; over TLS where it takes that.
    let speaksHTTP2: Bool
    /// Every request to it is signed.
    let isSigned: Bool
    /// The bytes of `url.description`, which are its name in the log.
    package let name: [UInt8]
    /// What it is known by beyond this process; see ``BackendConfiguration/identity``.
    package let identity: UInt64
    /// It may have new requests.
    let isEnabled: Bool
    /// The most requests that it may have in flight, over all workers; `UInt64.max` for no limit.
    let maximumInFlight: UInt64

    /// The same for as long as the backend is in the configuration.
    let record: BackendRecord
    /// Shared with the pool.
    private let measures: BackendMeasures

    init(
        index: Int,
        _ configuration: BackendConfiguration,
        _ record: BackendRecord,
        _ measures: BackendMeasures
    ) {
        self.index = index
        self.record = record
        self.url = configuration.url
        self.name = Array(configuration.url.description.utf8)
        self.options = configuration.options
        self.hostField = configuration.hostField
        self.speaksHTTP2 = configuration.options.http2 && CurlLibrary.speaksHTTP2
        self.isSigned = configuration.options.awsSigV4 != nil
        self.identity = configuration.identity
        self.isEnabled = configuration.isEnabled
        self.maximumInFlight = configuration.maxConnections.map { UInt64(max(0, $0)) } ?? .max
        self.measures = measures
    }

    /// Requests sent to it, by any worker, whose response has not ended.
    package var inFlight: Int {
        Int(measures.inFlight[index])
    }

    /// Counts a request in. Every call is followed by one of ``requestEnded()``, whatever becomes of the request.
    package func requestBegan() {
        measures.inFlight.increment(index)
    }

    /// Makes it have so many, where there are no requests that could be counted.
    func suppose(inFlight count: Int) {
        measures.inFlight[index] = UInt64(max(0, count))
    }

    /// Counts a request in unless the backend has as many as it may. If it did, ``requestEnded()`` follows, as with
    /// ``requestBegan()``.
    ///
    /// Exact over all workers: of two that ask for the last place, one gets it.
    ///
    /// - Returns: Whether it was counted.
    package func admitRequest() -> Bool {
        guard maximumInFlight != .max else {
            requestBegan()
            return true
        }
        while true {
            let before = measures.inFlight[index]
            guard before < maximumInFlight else { return false }
            if measures.inFlight.exchange(index, before, for: before + 1) { return true }
        }
    }

    /// Counts a request out.
    package func requestEnded() {
        let before = measures.inFlight.decrement(index)
        assert(before > 0, "a request ended at \(url) that never began")
    }

    /// What ``observed(firstByteNanoseconds:at:)`` has told.
    var latency: LatencyEstimate {
        LatencyEstimate(packed: measures.latency[index])
    }

    /// Takes down how long the backend took to begin its answer, for strategies with
    /// ``BalancingStrategy/usesLatency``; nobody else looks.
    ///
    /// - Parameters:
    ///   - nanoseconds: From the start of the attempt to the first byte of the response.
    ///   - time: Now, in nanoseconds of the clock of ``RequestKey/time``.
    package func observed(firstByteNanoseconds nanoseconds: UInt64, at time: UInt64) {
        while true {
            let before = measures.latency[index]
            let after = LatencyEstimate(packed: before).observing(nanoseconds, at: time).packed
            if after == before || measures.latency.exchange(index, before, for: after) { return }
        }
    }
}

extension Backend: CustomStringConvertible {
    package var description: String { url.description }
}

/// What is counted and measured of the backends of one pool, by their ``Backend/index``.
final class BackendMeasures: Sendable {
    /// Requests that have begun and not ended.
    let inFlight: WordTable
    /// A ``LatencyEstimate`` each.
    let latency: WordTable
    /// See ``SlowStart``.
    let beginnings: WordTable

    init(_ records: [BackendRecord]) {
        inFlight = WordTable(records.map { ($0.block.inFlight, $0.index) })
        latency = WordTable(records.map { ($0.block.latency, $0.index) })
        beginnings = WordTable(records.map { ($0.block.beginnings, $0.index) })
    }
}
