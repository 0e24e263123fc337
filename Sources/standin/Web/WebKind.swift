/// What is behind an item's address.
enum WebKind: String, Sendable, CaseIterable {
    // Healthy.
    case healthy, redirected, mislabelled, compressed, gatewayPicture, inlinePicture, inlineDrawing, duplicate, drawing

    // Answers that are no picture.
    case pageAsPicture, errorPage, errorObject, empty, video, sound, document, model
    // Damaged pictures.
    case cutPicture, flippedPicture, shortLength, brokenEncoding
    // Bombs.
    case gzipBomb, pngBomb, heavyPNG, gifBomb, webpBomb, tiffBomb, jpegBomb, endless, announcedHuge
    // Drawings that want more than to be drawn.
    case drawingHuge, drawingLaughs, drawingDeep, drawingEntity, drawingScript, drawingForeign, drawingRemote
    case drawingFile, drawingRecursive
    // Redirects.
    case redirectLoop, redirectChain, redirectMetadata, redirectInside, redirectScheme, redirectNowhere
    // Refusals.
    case missing, refused, optedOut, robotsForbid, robotsUnavailable
    // Addresses that are none.
    case wrongContent, inlineBroken, inlinePage, unsupportedScheme, noAddress
    // Below HTTP; only on hosts that are broken altogether.
    case unreachable, closedAtOnce, resetAlways, cutTransfer, drip, stall, headerFlood, garbage, brokenChunks
    case serverError, overloaded

    static let healthyKinds: [WebKind] = [
        .healthy, .redirected, .mislabelled, .compressed, .gatewayPicture, .inlinePicture, .inlineDrawing, .duplicate,
        .drawing,
    ]
    static let hostileKinds = allCases.filter { !healthyKinds.contains($0) }

    var isHealthy: Bool { Self.healthyKinds.contains(self) }

    /// How often it is chosen among its like.
    var weight: Int {
        switch self {
        case .healthy: 100
        case .redirected, .mislabelled, .compressed, .duplicate, .drawing, .gatewayPicture: 3
        case .inlinePicture, .inlineDrawing: 1
        case .heavyPNG, .endless, .gzipBomb: 2
        case .cutPicture, .flippedPicture: 20
        default: 10
        }
    }

    /// The hosts that it may live on.
    var tempers: [WebHost.Temper] {
        switch self {
        case .healthy: [.plain, .slow, .limited, .flaky, .resetting, .forbidding]
        case .robotsForbid: [.forbidding]
        case .robotsUnavailable: [.closed]
        case .unreachable, .closedAtOnce, .resetAlways, .cutTransfer, .drip, .stall, .headerFlood, .garbage,
            .brokenChunks, .serverError, .overloaded:
            [.broken]
        default: [.plain]
        }
    }
}
