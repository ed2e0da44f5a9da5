// SPDX-License-Identifier: Apache-2.0

extension AccessLog {
    /// Writes what has changed in the pool since anybody asked.
    func news(of health: PoolHealth) {
        for change in health.takeNews() {
            self.health(
                backend: health.pool.backends[change.index].name,
                healthy: change.isHealthy,
                finding: change.finding
            )
        }
    }
}
