import Core
import Synchronization

/// The pictures that visitors lately searched with, so that a search by picture has an address like any other.
///
/// Kept in memory only, up to a number of bytes; the least recently used are forgotten first.
final class QueryPictures: Sendable {
    private struct State {
        var pictures: [ContentHash: [UInt8]] = [:]
        /// Least recently used first.
        var order: [ContentHash] = []
        var byteCount = 0
    }

    private let maximumBytes: Int
    private let state = Mutex(State())

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Keeps `bytes` and gives the name to find them by.
    func insert(_ bytes: [UInt8]) -> ContentHash {
        let hash = ContentHash(of: bytes)
        state.withLock { state in
            state.order.removeAll { $0 == hash }
            state.order.append(hash)
            if state.pictures.updateValue(bytes, forKey: hash) == nil { state.byteCount += bytes.count }
            // The newest stays even when it alone is over the bound.
            while state.byteCount > maximumBytes, state.order.count > 1 {
                let oldest = state.order.removeFirst()
                state.byteCount -= state.pictures.removeValue(forKey: oldest)?.count ?? 0
            }
        }
        return hash
    }

    subscript(_ hash: ContentHash) -> [UInt8]? {
        state.withLock { state in
            guard let bytes = state.pictures[hash] else { return nil }
            state.order.removeAll { $0 == hash }
            state.order.append(hash)
            return bytes
        }
    }

    /// The content type of the formats that every browser shows and that can carry no script; nil for all others.
    static func displayableType(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: "GIF8".utf8) { return "image/gif" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        return nil
    }
}
