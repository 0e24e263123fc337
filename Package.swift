// swift-tools-version:6.2
import PackageDescription

// One strict list for every Swift target: explicit existentials, explicit imports, imports internal unless said,
// and warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// The set-up unpacks OpenVINO under .deps/; the programs find its libraries relative to themselves
// (<scratch>/<triple>/<configuration>/nftopia, three levels below the package).
let openVINORunPath: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.deps/openvino/libs"])
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "nftopia",
    products: [
        .executable(name: "nftopia", targets: ["nftopia"]),
        .executable(name: "standin", targets: ["standin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms.git", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        // None of its optional parts is used; with two of them on, their order on the compiler's command line changes
        // from run to run, and with it everything is built anew.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // C: system libraries with their thin shims, and our own kernels.
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(name: "COpenVINO", pkgConfig: "openvino"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // The kernels are what tests spend their time in; a debug build of them would be thirty times slower.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        // What a process gives up before it decodes pictures of others, and codecs without a detour through libvips.
        .target(name: "CSandbox"),
        .target(
            name: "CPictures", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))],
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("deflate"), .linkedLibrary("webp")]),

        // The stages; dependencies point only upwards in this list.
        .target(name: "Core", dependencies: ["CCrypto", logging], swiftSettings: strict),
        .target(
            name: "Catalog",
            dependencies: [
                "Core", .product(name: "GRDB", package: "GRDB.swift"),
                // SQLite's own interface, for the loop that tens of millions of items go through.
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: strict),
        .target(name: "Fetching", dependencies: ["Core", "CCurl", logging], swiftSettings: strict),
        .target(name: "Collecting", dependencies: ["Core", "Fetching", "CZlib", logging], swiftSettings: strict),
        .target(
            name: "Imaging", dependencies: ["Core", "CKernels", "CPictures", "CSandbox", "CVips"],
            swiftSettings: strict),
        .target(name: "CLIP", dependencies: ["Core", "COpenVINO", "CKernels", logging], swiftSettings: strict),
        .target(name: "VectorEngine", dependencies: ["Core", "CKernels"], swiftSettings: strict),
        .target(
            name: "Pipeline",
            dependencies: [
                "Core", "Catalog", "Collecting", "Fetching", "Imaging", "CLIP", "VectorEngine", asyncAlgorithms,
                logging,
            ], swiftSettings: strict),
        .target(
            name: "Searching", dependencies: ["Core", "Catalog", "Imaging", "CLIP", "VectorEngine", logging],
            swiftSettings: strict),
        .target(
            name: "Serving",
            dependencies: [
                "CLIP", "Core", "Fetching", "Imaging", "Searching", "VectorEngine", hummingbird, serviceLifecycle,
                logging, .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.copy("Resources/templates"), .copy("Resources/static")],
            swiftSettings: strict),

        // The programs.
        .executableTarget(
            name: "nftopia",
            dependencies: [
                "CKernels", "Core", "Catalog", "Collecting", "Fetching", "Imaging", "CLIP", "VectorEngine", "Pipeline",
                "Searching", "Serving", argumentParser, logging,
            ],
            swiftSettings: strict, linkerSettings: openVINORunPath),
        .executableTarget(
            name: "standin",
            dependencies: [
                "Core", hummingbird, serviceLifecycle, argumentParser, logging,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),

        // Tests: one target a room, and whole programs in AcceptanceTests.
        .executableTarget(
            name: "crashtest", dependencies: ["Core", "VectorEngine"], path: "Tests/CrashTest", swiftSettings: strict),
        // What the reference model is made of: hundreds of megabytes of numbers, which optimised code makes in a second.
        .target(
            name: "CReference", path: "Tests/Reference",
            cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        .testTarget(name: "CoreTests", dependencies: ["Core"], swiftSettings: strict),
        .testTarget(
            // GRDB: catalogs of earlier versions are built by hand.
            name: "CatalogTests", dependencies: ["Catalog", "Core", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .testTarget(name: "FetchingTests", dependencies: ["Core", "Fetching"], swiftSettings: strict),
        .testTarget(name: "CollectingTests", dependencies: ["Collecting", "Core", "Fetching"], swiftSettings: strict),
        .testTarget(
            // The program is there to be run as a decoding worker.
            name: "ImagingTests", dependencies: ["CKernels", "CPictures", "CSandbox", "Core", "Imaging", "nftopia"],
            swiftSettings: strict, linkerSettings: openVINORunPath),
        .testTarget(
            name: "CLIPTests", dependencies: ["CLIP", "CKernels", "CReference", "Core", "Imaging"],
            exclude: ["Fixtures"],
            swiftSettings: strict, linkerSettings: openVINORunPath),
        .testTarget(
            // Optimised, or the brute force in double precision that the index is compared with would take minutes.
            name: "VectorEngineTests", dependencies: ["CKernels", "Core", "VectorEngine"],
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .testTarget(
            name: "PipelineTests",
            dependencies: ["CLIP", "Catalog", "Collecting", "Core", "Fetching", "Imaging", "Pipeline", "VectorEngine"],
            swiftSettings: strict, linkerSettings: openVINORunPath),
        .testTarget(
            name: "SearchingTests",
            dependencies: ["CLIP", "Catalog", "Core", "Imaging", "Searching", "VectorEngine", logging],
            swiftSettings: strict, linkerSettings: openVINORunPath),
        .testTarget(
            name: "ServingTests",
            dependencies: ["CLIP", "Core", "Fetching", "Imaging", "Searching", "Serving", logging],
            swiftSettings: strict, linkerSettings: openVINORunPath),
        .testTarget(
            name: "AcceptanceTests",
            dependencies: ["Catalog", "Core", "VectorEngine", "nftopia", "standin", "crashtest"],
            exclude: ["Fixtures"],
            swiftSettings: strict, linkerSettings: openVINORunPath),
    ]
)

// Fuzzing needs the compiler's fuzzing runtime, which scripts/fuzz.sh asks for; nothing else builds this target.
if Context.environment["NFTOPIA_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["Collecting", "Core", "Fetching"], path: "Tests/Fuzz", exclude: ["Corpus"],
            swiftSettings: strict))
}

// One test target and what it is built from, for scripts/sanitize.sh: all of it takes a sanitizer an hour.
if let tests = Context.environment["NFTOPIA_TESTS"], !tests.isEmpty {
    let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
    var wanted: Set<String> = []
    var open = [tests]
    while let name = open.popLast() {
        guard let target = targets[name], wanted.insert(name).inserted else { continue }
        open += target.dependencies.compactMap { dependency in
            if case .byNameItem(let name, _) = dependency { name } else { nil }
        }
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products.removeAll { !wanted.contains($0.name) }
}
