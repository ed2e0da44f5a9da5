// SPDX-License-Identifier: Apache-2.0

package import Gateway
import Yams

/// Reads what the admin API is sent, which is JSON, by the rules of the configuration file and with its messages.
package enum AdminRequest {
    /// Why a body cannot be read.
    package enum Failure: Error, Sendable {
        /// It is not JSON, or is no object: what is wrong.
        case malformed(String)
        /// It says what may not be.
        case invalid(ConfigurationFailure)
    }

    /// A backend, as an item of `backends`.
    package static func backend(_ body: [UInt8]) throws(Failure) -> BackendConfiguration {
        try read(body, .backend) { reader, fields in reader.backend(fields) } ?? BackendConfiguration(url: .none)
    }

    /// What is to change of a backend.
    package static func backendChange(_ body: [UInt8]) throws(Failure) -> Overrides.BackendChange {
        try read(body, .backendChange) { reader, fields in
            var backend = BackendConfiguration(url: .none)
            reader.assign(&backend.weight, fields["weight"])
            reader.assign(&backend.isEnabled, fields["enabled"])
            return Overrides.BackendChange(
                weight: fields["weight"].map { _ in backend.weight },
                isEnabled: fields["enabled"].map { _ in backend.isEnabled }
            )
        }
    }

    /// How long a drain is waited for; `nil` where the body does not say. An empty body says nothing.
    package static func drainTimeout(_ body: [UInt8]) throws(Failure) -> Duration? {
        try read(orEmpty(body), .drain) { reader, fields in
            var timeout: Duration?
            reader.assign(&timeout, fields["timeout"])
            if let longest = timeout, longest > .seconds(3600) {
                reader.report(nil, "timeout", "a drain is waited for an hour at most", hint: "write timeout: 1h")
            }
            return timeout
        }
    }

    /// A level of the log.
    package static func logLevel(_ body: [UInt8]) throws(Failure) -> LogConfiguration.Level {
        try read(body, .logLevel) { reader, fields in
            var level = LogConfiguration.Level.info
            reader.assign(&level, fields["level"])
            return level
        }
    }

    /// The text of a configuration.
    package static func configuration(_ body: [UInt8]) throws(Failure) -> String {
        try read(body, .configurationText) { reader, fields in
            let any = ValueParser<String>("a text", example: "\"workers: auto\"") { text throws(ValueError) in text }
            return reader.read(fields["configuration"], any) ?? ""
        }
    }

    /// A request of which it is asked what would become of it.
    package static func draft(_ body: [UInt8]) throws(Failure) -> RequestDraft {
        let draft: RequestDraft? = try read(body, .explainedRequest) { reader, fields in
            let text = ValueParser<String>("a text", example: "\"GET\"") { text throws(ValueError) in text }
            let method = reader.read(fields["method"], text)
            let url = reader.read(fields["url"], text)
            var from = IPAddress(ipv4: 0x7F00_0001)
            reader.assign(&from, fields["from"], .address)
            let headers = reader.headerLines(fields["headers"])
            guard let method, let url, reader.problems.isEmpty else { return nil }
            do throws(RequestDraft.Problem) {
                return try RequestDraft(method: method, url: url, headers: headers, from: from)
            } catch {
                reader.report(error)
                return nil
            }
        }
        // Where there is none there was a problem, and that has been thrown.
        guard let draft else { throw .malformed("the body says of no request what would become of it") }
        return draft
    }

    /// Nothing.
    package static func nothing(_ body: [UInt8]) throws(Failure) {
        try read(orEmpty(body), .nothing) { _, _ in () }
    }

    private static func orEmpty(_ body: [UInt8]) -> [UInt8] { body.isEmpty ? Array("{}".utf8) : body }

    private static func read<Value>(
        _ body: [UInt8],
        _ section: Section,
        _ read: (inout ConfigurationReader, Fields) -> Value
    ) throws(Failure) -> Value {
        let node: Node
        do {
            node = try JSONParser.parse(body)
        } catch {
            throw .malformed("the body is not JSON: \(error.message), at byte \(error.place)")
        }
        guard node.mapping != nil else { throw .malformed("the body is JSON, but no object such as {}") }
        var reader = ConfigurationReader(json: node)
        guard let fields = reader.fields(of: node, path: "", section: section) else {
            throw .malformed("the body is JSON, but no object such as {}")
        }
        let value = read(&reader, fields)
        guard reader.problems.isEmpty else { throw .invalid(ConfigurationFailure(reader.problems)) }
        return value
    }
}

extension BackendURL {
    /// Stands where none could be read; it is never used.
    fileprivate static var none: BackendURL {
        BackendURL(scheme: .http, endpoint: .tcp(host: "", port: 80), description: "")
    }
}
