// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How many files the process may have open, and how many clients that allows for.
enum DescriptorLimit {
    /// Asks for as many as the system allows, and returns how many that are.
    static func raise() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return current
    }

    /// As many as the process may open now.
    static var current: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many pipes each worker may have for long bodies, which take two descriptors each: where there are few, bodies
    /// are copied rather than clients turned away.
    static func pipes(workers: Int, descriptors: Int) -> Int { min(64, descriptors / (64 * workers)) }

    /// How many clients may be connected at once: as many as configured, but no more than there are descriptors for. Each
    /// may need one for itself and one for its backend; the gateway's own come first. Were clients let in until none is
    /// left, those who say nothing could keep the others from their backends.
    static func clients(_ configuration: GatewayConfiguration, workers: Int, descriptors: Int) -> Int {
        let backends = configuration.pools.reduce(0) { $0 + $1.backends.count }
        let queues = configuration.pools.filter { pool in pool.backends.contains { $0.maxConnections != nil } }.count
        let own = 16 + workers * (4 + queues + 3 * backends + Worker.maximumRefusals) + 2 * backends
        // Those of the next configuration come before those of the last go.
        let files = configuration.pools.reduce(into: Set<FileCopy>()) { files, pool in
            for backend in pool.backends { files.formUnion(backend.options.tls.files) }
        }
        // Where there are few, copies go without rather than clients.
        let copies = configuration.routes.reduce(0) { $0 + ($1.overrides.mirror?.concurrency ?? 0) }
        let pipes = workers * self.pipes(workers: workers, descriptors: descriptors)
        let left = descriptors - own - 2 * (pipes + files.count) - min(copies, descriptors / 4)
        return min(configuration.limits.connections, max(1, left / 2))
    }
}
