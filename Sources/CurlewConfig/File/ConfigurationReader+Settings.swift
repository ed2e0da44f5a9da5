// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    mutating func log(_ field: Field?, _ log: inout LogConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .log) else { return }
        assign(&log.format, fields["format"])
        assign(&log.level, fields["level"])
        assign(&log.access, fields["access"])
        assign(&log.output, fields["output"], .logOutput)
    }
}
