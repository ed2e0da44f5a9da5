// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    mutating func log(_ field: Field?, _ log: inout LogConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .log) else { return }
        assign(&log.format, fields["format"], .choice(example: .text))
        assign(&log.level, fields["level"], .choice(example: .info))
        assign(&log.access, fields["access"], .choice(example: .all))
        assign(&log.output, fields["output"], .logOutput)
    }
}
