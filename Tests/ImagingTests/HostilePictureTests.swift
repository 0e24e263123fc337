import Core
import Foundation
@testable import Imaging
import Testing

/// Pictures made to harm, through real workers.
@Suite("Hostile pictures", .tags(.native), .enabled(if: !Kernel.isWatched), .timeLimit(.minutes(3)))
struct HostilePictureTests {
    @Test("Too many pixels are refused by the header, in every format", arguments: Bombs.all)
    func bombs(name: String, bomb: [UInt8]) async throws {
        let pool = Workers.pool()
        let error = await #expect(throws: ImagingError.self) { _ = try await pool.shrink(bomb) }
        #expect(error?.code == .tooManyPixels, "\(name): \(String(describing: error))")
        #expect(pool.statistics.replaced == 0)
    }

    @Test("A drawing that its library warns of is not the worker's end")
    func warning() async throws {
        let pool = Workers.pool()
        let size = "width=\"1000000000\" height=\"1000000000\""
        let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size)><rect width=\"9\" height=\"9\"/></svg>"
        _ = try? await pool.shrink(Array(drawing.utf8))
        #expect(pool.statistics.items == 1 && pool.statistics.crashed == 0)
    }

    @Test("More bytes than the limit are refused")
    func tooLarge() async throws {
        var options = ShrinkOptions()
        options.limits.maximumBytes = 1 << 20
        var configuration = DecodeWorkerPool.Configuration()
        configuration.executable = Workers.program
        let pool = DecodeWorkerPool(options: options, configuration: configuration)
        let error = await #expect(throws: ImagingError.self) {
            _ = try await pool.shrink([UInt8](repeating: 1, count: (1 << 20) + 1))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("Flipped bits and early ends give a picture or an error for each, and the workers survive")
    func mutations() async throws {
        let pool = Workers.pool(width: 2)
        let shrinker = try Shrinker()
        let image = try shrinker.decode(Drawn.quarters(width: 260, height: 40))
        let sources = [
            Drawn.gradient(width: 60, height: 40), try image.jpeg(quality: 80, fullChroma: false), Drawn.animation,
            try image.losslessWebP(), Drawn.cmykTIFF(width: 64, height: 32, colour: [200, 10, 60, 30]),
            Array(Drawings.text.utf8),
        ]
        var random = SeededGenerator(seed: 7)
        var mutated: [[UInt8]] = []
        for source in sources {
            for index in 0..<50 {
                var changed = source
                if index % 5 == 0 {
                    changed.removeLast(Int.random(in: 1..<source.count, using: &random))
                } else {
                    for _ in 0..<(1 + index % 4) {
                        changed[Int.random(in: 0..<source.count, using: &random)] ^=
                            1 << UInt8.random(in: 0..<8, using: &random)
                    }
                }
                mutated.append(changed)
            }
        }
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for bytes in mutated { group.addTask { (try? await pool.shrink(bytes)) != nil } }
            return await group.reduce(into: [false: 0, true: 0]) { $0[$1, default: 0] += 1 }
        }
        #expect((outcomes[true] ?? 0) + (outcomes[false] ?? 0) == mutated.count)
        #expect(pool.statistics.items == mutated.count)
        #expect(pool.statistics.timedOut == 0)
        #expect(try await pool.shrink(Drawn.gradient(width: 900, height: 60)).image.width == 800)
    }
}

/// Small files that announce gigantic pictures.
enum Bombs {
    static let all: [(name: String, bomb: [UInt8])] = [
        ("PNG", PNGWriter(width: 100_000, height: 100_000).encode(raw: [UInt8](repeating: 0, count: 100_000))),
        ("GIF", Array("GIF89a".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0, 0, 0, 255, 255, 255] + frame),
        ("WebP", webP), ("TIFF", tiff),
        ("SVG", Array("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100000\" height=\"100000\"/>".utf8)),
    ]

    private static let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 2, 0x44, 1, 0, 0x3B]

    /// Lossless, 16383 x 16383: fourteen bits each.
    private static let webP: [UInt8] =
        Array("RIFF".utf8) + [56, 0, 0, 0] + Array("WEBPVP8L".utf8) + [44, 0, 0, 0, 0x2F, 0xFE, 0xBF, 0xFF, 0x0F]
        + [UInt8](repeating: 0, count: 39)

    private static let tiff: [UInt8] = {
        var file = Drawn.cmykTIFF(width: 300, height: 28, colour: [1, 2, 3, 4])
        // The first two entries of the directory, which begins 2 bytes behind the place that the header names.
        let directory = (0..<4).reduce(0) { $0 | Int(file[4 + $1]) << (8 * $1) } + 2
        for entry in 0..<2 {
            for byte in 0..<4 { file[directory + entry * 12 + 8 + byte] = UInt8(100_000 >> (8 * byte) & 255) }
        }
        return file
    }()
}

/// A small generator with a seed: SplitMix64 of Steele, Lea and Flood, 2014.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
