// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// A configuration as a file would say it, with every default filled in and `***` for each secret.
package enum ConfigurationText {
    package static func yaml(_ configuration: GatewayConfiguration) -> String {
        ConfigurationWriter().tree(configuration).yaml
    }

    package static func json(_ configuration: GatewayConfiguration) -> String {
        ConfigurationWriter().tree(configuration).json + "\n"
    }
}
