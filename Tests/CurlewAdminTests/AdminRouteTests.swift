// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewAdmin

@Suite struct AdminRouteTests {
    @Test func pathsNameWhatThereIs() {
        #expect(AdminRoute(path: "/") == .dashboard)
        #expect(AdminRoute(path: "/metrics") == .metrics)
        #expect(AdminRoute(path: "/v1/pools") == .pools)
        #expect(AdminRoute(path: "/v1/pools/web") == .pool("web"))
        #expect(AdminRoute(path: "/v1/pools/a%20b") == .pool("a b"))
        #expect(AdminRoute(path: "/v1/pools/web/backends/00ff") == .backend(pool: "web", id: "00ff"))
        #expect(AdminRoute(path: "/v1/pools/web/backends") == .backends(pool: "web"))
        #expect(AdminRoute(path: "/v1/pools/web/backends/00ff/drain") == .drain(pool: "web", id: "00ff"))
        #expect(AdminRoute(path: "/v1/overrides") == .overrides)
        #expect(AdminRoute(path: "/v1/config/reload") == .reload)
        #expect(AdminRoute(path: "/v1/explain") == .explain)
        #expect(AdminRoute(path: "/v1/openapi.json") == .openAPI)
    }

    @Test(arguments: [
        "", "//", "metrics", "/metrics/", "/Metrics", "/v1", "/v1/", "/v1/pools/", "/v1/pools/web/",
        "/v1/pools/web/backends/0/drain/x", "/v1/pools/web/backends/0/x", "/v1/pools//backends", "/v1/config/",
        "/v2/pools", "/v1/pools/%", "/v1/pools/%zz", "/v1/pools/%ff", "/v1/pools/web/x/00", "//metrics",
    ])
    func anythingElseIsNothing(path: String) {
        #expect(AdminRoute(path: path) == nil)
    }
}
