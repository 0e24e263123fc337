import Catalog
import Core
import Imaging
import VectorEngine

/// Some of a library's pictures, drawn evenly and always the same, and words from their items.
struct LibrarySample: Sendable {
    /// Items whose pictures calibrate.
    let calibration: [Int64]
    /// Others, which judge.
    let trial: [Int64]
    private let session: LibrarySession

    /// Throws: an explained error when the library holds too few pictures to say anything.
    init(_ session: LibrarySession, calibration: Int, trial: Int) throws {
        // Scattered by a hash of the key: neighbours in the index were often collected together.
        let keys = session.index.ids().sorted { (Self.scatter($0), $0) < (Self.scatter($1), $1) }.map { Int64($0) }
        guard keys.count >= 30 else {
            throw QuantizationError(
                "The library holds \(Readable.count(keys.count, "picture")); 30 are needed to calibrate and to compare."
            )
        }
        // Small libraries are shared between both tasks.
        let count = min(calibration, keys.count / 2)
        self.calibration = Array(keys.prefix(count))
        self.trial = Array(keys.dropFirst(count).prefix(trial))
        self.session = session
    }

    /// The stored picture as an ingest would prepare it; nil when it is gone.
    func picture(_ key: Int64) async throws -> RGBImage? {
        guard let hash = try await session.catalog.items([key])[key]?.picture?.hash,
            let bytes = try session.store.read(hash)
        else { return nil }
        return try await session.shrinker.decode(bytes)
    }

    /// Names and attributes of the items that calibrate, each once, at most as many as pictures.
    func texts() async throws -> [String] {
        var texts: [String] = []
        var seen: Set<String> = []
        for start in stride(from: 0, to: calibration.count, by: 100) {
            let keys = Array(calibration[start..<min(start + 100, calibration.count)])
            let items = try await session.catalog.items(keys)
            for item in keys.compactMap({ items[$0] }) {
                let words = item.attributes.map(\.value).filter { !$0.isEmpty }
                for text in [item.name, words.joined(separator: ", ")] + words
                where !text.isEmpty && seen.insert(text).inserted { texts.append(text) }
            }
        }
        let step = max(1, texts.count / max(calibration.count, 1))
        return stride(from: 0, to: texts.count, by: step).map { texts[$0] }
    }

    /// A number that looks random (the finaliser of MurmurHash3).
    private static func scatter(_ key: UInt64) -> UInt64 {
        var x = key
        x = (x ^ x >> 33) &* 0xFF51_AFD7_ED55_8CCD
        x = (x ^ x >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return x ^ x >> 33
    }
}
