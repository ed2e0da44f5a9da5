// swift-tools-version: 6.2
import PackageDescription

/// A register more, and three instructions fewer in each of some 700 calls that a request takes.
let withoutFramePointers = "-mframe-pointer=none"

/// Settings that every target of ours is built with: each unsafe use is marked where it stands, existentials are spelled
/// out, and an import shows in a file's interface only where it says so.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // The run-time checks for overlapping access to class properties cost 11 % of the instructions of a request
    // (129,561 against 114,740, callgrind). Every test runs with them; what is shipped runs without. Swift's own library
    // linked in saves a hop in each call of it (7 % of the CPU of a request), and needs none where curlew runs.
    .unsafeFlags(["-enforce-exclusivity=unchecked", "-static-stdlib"], .when(configuration: .release)),
    // Said to the compiler proper: the package manager asks for frame pointers behind what stands here.
    .unsafeFlags(["-Xcc", "-Xclang", "-Xcc", withoutFramePointers], .when(configuration: .release)),
]

/// What the dashboard's page is made of.
let dashboard = [
    "page.html", "page.css", "icon.svg", "elements.js", "format.js", "series.js", "connection.js", "actions.js",
    "rows.js", "pools.js", "panels.js", "verdict.js", "main.js",
]

let package = Package(
    name: "curlew",
    products: [
        .executable(name: "curlew", targets: ["curlew"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The doors to C. Each has exactly one importer.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // The hashes of passwords.
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),

        // What libcurl finds in place of the C library's malloc, clock, poll, recv and send: C, for Swift has no variables of a thread
        // that cost nothing.
        .target(
            name: "CRuntime",
            cSettings: [.unsafeFlags(["-Xclang", withoutFramePointers], .when(configuration: .release))]
        ),

        .target(name: "Reactor", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "CurlMulti", dependencies: ["CCurl", "CRuntime"], swiftSettings: settings),
        .target(name: "Signing", dependencies: ["CCrypto"], swiftSettings: settings),
        .target(
            name: "Gateway",
            dependencies: [
                "Reactor", "CurlMulti", "Signing", "CCrypt", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "CurlewConfig",
            dependencies: ["Gateway", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings
        ),
        .target(
            name: "CurlewAdmin",
            dependencies: ["CurlewConfig", "CurlewExplain", "Gateway", "Signing"],
            // The parts of the dashboard's page are joined when the listener starts.
            resources: (["openapi.json"] + dashboard.map { "Dashboard/Page/\($0)" }).map { .embedInCode($0) },
            swiftSettings: settings
        ),
        .target(name: "CurlewDemo", dependencies: ["Gateway"], swiftSettings: settings),
        .target(name: "CurlewExplain", dependencies: ["Gateway"], swiftSettings: settings),
        .executableTarget(
            name: "curlew",
            dependencies: [
                "Gateway", "CurlewAdmin", "CurlewConfig", "CurlewDemo", "CurlewExplain",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]
        ),

        .executableTarget(
            name: "parts",
            dependencies: ["Gateway"],
            path: "Tests/Benchmarks/parts",
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]
        ),
        .target(
            name: "CurlewTestKit",
            dependencies: ["Reactor"],
            path: "Tests/CurlewTestKit",
            // Clients and backends of the tests, which are not what is tested, took longer than the gateway between them.
            swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
        ),
        .testTarget(name: "ReactorTests", dependencies: ["Reactor", "CurlewTestKit"]),
        .testTarget(name: "SigningTests", dependencies: ["Signing"]),
        .testTarget(name: "CurlMultiTests", dependencies: ["CRuntime", "CurlMulti", "Reactor", "CurlewTestKit"]),
        .testTarget(name: "GatewayTests", dependencies: ["Gateway", "Reactor", "CurlMulti", "CurlewTestKit"]),
        .testTarget(
            name: "CurlewConfigTests",
            dependencies: ["CurlewConfig", "Gateway", "CurlewTestKit"],
            exclude: ["Schema/validate.py"]
        ),
        .testTarget(name: "CurlewAdminTests", dependencies: ["CurlewAdmin", "Gateway", "CurlewTestKit"]),
        .testTarget(name: "CurlewDemoTests", dependencies: ["CurlewDemo"]),
        .testTarget(name: "CurlewExplainTests", dependencies: ["CurlewConfig", "CurlewExplain", "Gateway", "Reactor"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["curlew", "CurlewTestKit"],
            exclude: [
                "Support/accessibility.js", "Support/browser.py", "Support/check-openapi.py",
                "Support/aws-verifier.py", "Support/connection-peers.py", "Support/http2-backend.py",
                "Support/websocket-peers.py",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
