// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What a ping says of its backend, and why in a few words for the log.
package struct PingResult: Sendable, Equatable {
    package let isGood: Bool
    /// `status: 200`, `Connection refused`, `timed out after 3s`.
    package let detail: String
    /// The status of the answer, where there was one.
    package let status: Int?

    /// The ping never left: it says nothing of its backend.
    package let isInconclusive: Bool

    init(isGood: Bool, detail: String, status: Int? = nil, isInconclusive: Bool = false) {
        self.isGood = isGood
        self.isInconclusive = isInconclusive
        self.detail = detail
        self.status = status
    }

    /// The same for the log.
    package var finding: HealthFinding { status.map { .status($0) } ?? .error(detail) }

    /// Judges a ping that is over.
    ///
    /// - Parameters:
    ///   - answer: what came back.
    ///   - code: how libcurl says it ended.
    ///   - systemError: the `errno` of the connect, where that failed; else 0.
    ///   - url: the backend, which some messages name.
    ///   - check: what is expected.
    init(
        _ answer: PingAnswer,
        _ code: CurlCode,
        systemError: Int32,
        url: BackendURL,
        check: HealthCheckConfiguration
    ) {
        // We end a transfer whose body is long enough, which libcurl calls a write error.
        if code == .CURLE_OK || answer.isEnough {
            guard let status = answer.status, answer.isHeadComplete else {
                self.init(isGood: false, detail: "connection closed within the response head")
                return
            }
            guard check.accepts(status) else {
                self.init(isGood: false, detail: "status: \(status)", status: status)
                return
            }
            guard answer.isBodyGood else {
                self.init(isGood: false, detail: "status: \(status), but health_check.expect_body is not in the body")
                return
            }
            self.init(isGood: true, detail: "status: \(status)", status: status)
            return
        }
        self.init(isGood: false, detail: Self.reason(code, systemError, url, check))
    }

    private static func reason(
        _ code: CurlCode,
        _ systemError: Int32,
        _ url: BackendURL,
        _ check: HealthCheckConfiguration
    ) -> String {
        switch code {
        case .CURLE_OPERATION_TIMEDOUT:
            return "timed out after \(check.timeout.text)"
        case .CURLE_COULDNT_CONNECT where systemError != 0:
            return SystemError.text(of: systemError)
        case .CURLE_COULDNT_RESOLVE_HOST:
            guard case .tcp(let host, _) = url.endpoint else { return code.description }
            return "could not resolve host \(host)"
        case .CURLE_PEER_FAILED_VERIFICATION:
            return "its certificate is not one that the CAs it is checked against vouch for, or is for another name"
        case .CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return "its public key is not the pinned one"
        case .CURLE_SSL_CERTPROBLEM:
            return "tls.cert_file and tls.key_file cannot be used: they must be PEM and belong together"
        case .CURLE_SSL_CACERT_BADFILE:
            return "tls.ca_file cannot be used: it must hold certificates in PEM"
        case .CURLE_GOT_NOTHING:
            return "connection closed without a response"
        case .CURLE_PARTIAL_FILE:
            return "connection closed within the response body"
        default:
            return code.description
        }
    }
}

extension HealthCheckConfiguration {
    /// Whether an answer with this status is a good one.
    func accepts(_ status: Int) -> Bool {
        expectStatus.contains(status) || moreStatuses.contains(status)
    }
}
