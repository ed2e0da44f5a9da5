// SPDX-License-Identifier: Apache-2.0

/// How far a change of protocols on a client's connection has come.
enum TunnelState: Equatable {
    /// There is none: the request is an ordinary one.
    case none
    /// The request asks for it, and the backend has not answered yet.
    case asked
    /// The backend has answered otherwise.
    case refused
    /// The backend has switched: bytes go both ways as they are.
    case open
    /// The client has finished sending, which the backend is told, and may still receive.
    case clientFinished
    /// The client has finished sending, which the backend cannot be told.
    case clientLeft
    /// The backend has finished sending, with which libcurl stops sending too.
    case backendFinished

    /// Whom the exchange waits for, once there is a tunnel.
    var waiting: ExchangeDeadlines.Waiting? {
        switch self {
        case .none, .asked, .refused: nil
        case .open, .backendFinished: .tunnel
        case .clientFinished: .halfTunnel
        case .clientLeft: .lastWords
        }
    }
}
