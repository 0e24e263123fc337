package import Core

/// Something that shrinks pictures away from the caller's thread: a pool of isolated worker processes, or this process.
package protocol PictureShrinking: Sendable {
    /// How many pictures it works on at a time; more wait in line.
    var width: Int { get }

    /// Decodes, shrinks (or enlarges pixel art) and encodes.
    ///
    /// Throws: ``ImagingError``; `isFinal` tells whether the same bytes are worth another try.
    func shrink(_ bytes: [UInt8]) async throws(ImagingError) -> ShrunkPicture

    /// The pixels that ``shrink(_:)`` would encode, for pictures that are asked about and not stored.
    func decode(_ bytes: [UInt8]) async throws(ImagingError) -> RGBImage
}

/// Shrinks in this process, on threads of its own: for tests and for bytes that are ours.
package struct InProcessShrinker: PictureShrinking {
    private let shrinker: Shrinker
    private let pool: BlockingPool
    package var width: Int { pool.width }

    package init(_ shrinker: Shrinker, width: Int) {
        self.shrinker = shrinker
        pool = BlockingPool(name: "shrink", width: width)
    }

    package func shrink(_ bytes: [UInt8]) async throws(ImagingError) -> ShrunkPicture {
        try await run { () throws(ImagingError) in try shrinker.shrink(bytes) }
    }

    package func decode(_ bytes: [UInt8]) async throws(ImagingError) -> RGBImage {
        try await run { () throws(ImagingError) in try shrinker.decode(bytes) }
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(ImagingError) -> Value
    ) async throws(ImagingError) -> Value {
        let result: Result<Value, ImagingError>
        do {
            result = try await pool.run { Result(catching: body) }
        } catch {
            throw ImagingError(.unavailable, "The picture could not be shrunk.", cause: error)
        }
        return try result.get()
    }
}
