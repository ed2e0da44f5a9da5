// SPDX-License-Identifier: Apache-2.0

extension RouteTable {
    /// The table of these routes.
    ///
    /// - Throws: A path that no request can have, which a validated configuration rules out.
    init(_ routes: [RouteConfiguration]) throws(StartError) {
        conditions = routes.map { RequestConditions($0) }
        var builder = Builder()
        for entry in RouteOrder.entries(of: routes) {
            try builder.add(entry.route, routes[entry.route], host: entry.host)
        }
        builder.link()
        (hosts, paths, groups) = (builder.hosts, builder.paths, builder.groups)
        var places: [Place] = []
        var candidates: [Int] = []
        for place in builder.places {
            places.append(Place(first: candidates.count, count: place.routes.count, parent: place.parent))
            candidates.append(contentsOf: place.routes)
        }
        (self.places, self.candidates) = (places, candidates)
        everything = routes.count == 1 && routes[0].isCatchAll && routes[0].overrides.pathRewrite == nil ? 0 : nil
    }

    /// Gathers routes, the one that is tried first at the front.
    private struct Builder {
        struct OpenPlace {
            var routes: [Int] = []
            var parent = -1
            /// Of a prefix; `nil` for other places.
            var prefix: [UInt8]?
            var group: Int
        }

        var hosts = HostIndex()
        var paths = ByteIndex()
        var groups = [Group()]
        var places: [OpenPlace] = []
        private var groupOfHost: [String: Int] = [:]
        private var placeOfPath: [Key: Int] = [:]

        private struct Key: Hashable {
            var space: Int
            var path: [UInt8]
        }

        mutating func add(_ index: Int, _ route: RouteConfiguration, host: String?) throws(StartError) {
            let group = host.map { self.group(of: $0) } ?? RouteTable.anyHost
            if route.overrides.pathRewrite != nil { groups[group].readsPaths = true }
            let place =
                switch route.path {
                case nil: ensure(\.any, in: group)
                case .prefix("/"): ensure(\.root, in: group)
                case .prefix(let path): try prefix(path, in: group)
                case .exact(let path): try exact(path, in: group)
                }
            places[place].routes.append(index)
        }

        private mutating func group(of host: String) -> Int {
            let host = host.lowercased()
            if let group = groupOfHost[host] { return group }
            groups.append(Group())
            groupOfHost[host] = groups.count - 1
            hosts.insert(host, group: groups.count - 1)
            return groups.count - 1
        }

        private mutating func ensure(_ place: WritableKeyPath<Group, Int>, in group: Int) -> Int {
            if groups[group][keyPath: place] < 0 {
                places.append(OpenPlace(group: group))
                groups[group][keyPath: place] = places.count - 1
            }
            return groups[group][keyPath: place]
        }

        private mutating func exact(_ path: String, in group: Int) throws(StartError) -> Int {
            let path = try PathReader.configured(path)
            groups[group].hasExactPaths = true
            groups[group].readsPaths = true
            return place(Key(space: RouteTable.exactSpace(group), path: path), prefix: nil, in: group)
        }

        private mutating func prefix(_ path: String, in group: Int) throws(StartError) -> Int {
            let path = PathReader.prefix(try PathReader.configured(path))
            groups[group].prefixDepths |= RouteTable.bit(path.count { $0 == ASCII.slash })
            groups[group].readsPaths = true
            return place(Key(space: RouteTable.prefixSpace(group), path: path), prefix: path, in: group)
        }

        private mutating func place(_ key: Key, prefix: [UInt8]?, in group: Int) -> Int {
            if let place = placeOfPath[key] { return place }
            places.append(OpenPlace(prefix: prefix, group: group))
            placeOfPath[key] = places.count - 1
            var hash = ByteHash()
            for byte in key.path { hash.add(byte) }
            paths.insert(key.path, hash: hash.value(in: key.space), space: key.space, value: places.count - 1)
            return places.count - 1
        }

        /// Has everything point to the next that is less specific.
        mutating func link() {
            for (host, group) in groupOfHost where host.hasPrefix("*.") {
                groups[group].parent = parent(of: host)
            }
            for index in places.indices {
                guard let prefix = places[index].prefix else { continue }
                let space = RouteTable.prefixSpace(places[index].group)
                places[index].parent = groups[places[index].group].root
                for end in prefix.indices.reversed() where end > 0 && prefix[end] == ASCII.slash {
                    guard let place = placeOfPath[Key(space: space, path: Array(prefix[..<end]))] else { continue }
                    places[index].parent = place
                    break
                }
            }
        }

        private func parent(of wildcard: String) -> Int {
            var domain = wildcard.dropFirst(2)
            while let dot = domain.firstIndex(of: ".") {
                domain = domain[domain.index(after: dot)...]
                if let group = groupOfHost["*." + domain] { return group }
            }
            return -1
        }
    }
}

extension PathReader {
    /// A path of the configuration as a request's is when it is compared.
    ///
    /// - Throws: No request with it is taken.
    static func configured(_ path: String) throws(StartError) -> [UInt8] {
        let bytes = Array(path.utf8)
        guard bytes.first == ASCII.slash else {
            throw StartError("a route's path \(path) does not begin with a slash: write /\(path)")
        }
        // It could only ever be met by requests that are refused for it.
        if let problem = RouteRules.problem(withPath: path) {
            throw StartError("a route's path \(path) cannot be used: \(problem)")
        }
        var reader = PathReader()
        return reader.read(bytes.span) == .plain ? bytes : reader.literal
    }

    /// Without the slash at its end, which a prefix means anyway.
    static func prefix(_ path: [UInt8]) -> [UInt8] {
        path.last == ASCII.slash ? path.dropLast() : path
    }
}
