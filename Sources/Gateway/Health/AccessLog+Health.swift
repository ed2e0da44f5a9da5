// SPDX-License-Identifier: Apache-2.0

extension AccessLog {
    /// Writes what has changed in the pool since anybody asked.
    func news(of health: PoolHealth) {
        for (backend, change) in health.takeNews() {
            self.health(backend: backend.name, healthy: change.isHealthy, finding: change.finding)
        }
    }
}
