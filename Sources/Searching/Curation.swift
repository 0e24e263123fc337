package import CLIP
package import Catalog
import Core
import Foundation
package import VectorEngine

/// What the first screen shows of a library: queries that work well on it, and a varied sample of its pictures.
///
/// Chosen after an ingest and kept in the catalog.
package struct Curation: Sendable, Codable, Equatable {
    package var examples: [String]
    /// Catalog keys.
    package var wall: [Int64]
    /// How many vectors the index had when this was chosen.
    package var vectorCount: Int

    /// The catalog's setting that holds what is shown now.
    package static let settingKey = "curation"
    private static let exampleCount = 6
    private static let wallCount = 60
    /// The first hits that are looked at to judge an example.
    private static let depth = 12
    private static let candidatesPerCollection = 120

    /// Where the choice for a model that is not in use is kept.
    package static func settingKey(of model: String) -> String { "\(settingKey).\(model)" }

    /// The stored choice; empty before the first.
    static func stored(in catalog: LibraryCatalog, under key: String = settingKey) async throws -> Curation {
        guard let text = try await catalog.setting(key),
            let curation = try? JSONDecoder().decode(Curation.self, from: Data(text.utf8))
        else { return Curation(examples: [], wall: [], vectorCount: 0) }
        return curation
    }

    /// Chooses anew and stores the choice, unless the stored one was made for as many vectors as there are.
    package static func update(catalog: LibraryCatalog, index: any VectorIndex, model: CLIPModel) async throws {
        if try await stored(in: catalog).vectorCount == index.count { return }
        try await catalog.setSetting(settingKey, to: chosen(catalog: catalog, index: index, model: model).text)
    }

    /// Chooses for a model that is not in use yet, unless the choice that was kept for it is for as many vectors.
    ///
    /// - Returns: what to store under ``settingKey`` when the model comes into use.
    package static func prepare(
        catalog: LibraryCatalog, index: any VectorIndex, model: CLIPModel
    ) async throws -> String {
        let key = settingKey(of: model.name)
        let kept = try await stored(in: catalog, under: key)
        if kept.vectorCount == index.count { return try kept.text }
        let text = try await chosen(catalog: catalog, index: index, model: model).text
        try await catalog.setSetting(key, to: text)
        return text
    }

    private static func chosen(
        catalog: LibraryCatalog, index: any VectorIndex, model: CLIPModel
    ) async throws -> Curation {
        Curation(
            examples: try await examples(catalog: catalog, index: index, model: model),
            wall: try await wall(catalog: catalog, index: index), vectorCount: index.count)
    }

    private var text: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    // MARK: Examples

    private struct Candidate {
        let text: String
        let collection: Int64
        /// The share of the first hits that have the attribute.
        let precision: Double
        /// How much better the query is than naming nothing: `precision` times the attribute's information in bits.
        let worth: Double
        let embedding: Embedding
    }

    /// Attribute values whose own items come first when one searches for them, over several collections.
    private static func examples(
        catalog: LibraryCatalog, index: any VectorIndex, model: CLIPModel
    ) async throws -> [String] {
        let total = Double(max(1, index.count))
        var candidates: [Candidate] = []
        var perCollection: [Int64: Int] = [:]
        for (collection, attribute, count) in try await catalog.frequentAttributes(limit: 1000) {
            let text = attribute.value.lowercased()
            guard count >= depth, isPhrase(text), perCollection[collection, default: 0] < candidatesPerCollection
            else { continue }
            try Task.checkCancellation()
            perCollection[collection, default: 0] += 1
            let embedding = try await model.textEmbedding(text)
            let hits = try index.search(embedding, k: depth, allowing: nil)
            let items = try await catalog.items(hits.map { Int64($0.id) })
            let fitting = hits.filter { hit in items[Int64(hit.id)]?.attributes.contains(attribute) ?? false }
            let precision = Double(fitting.count) / Double(max(1, hits.count))
            candidates.append(
                Candidate(
                    text: text, collection: collection, precision: precision,
                    worth: precision * log2(total / Double(count)), embedding: embedding))
        }
        candidates.sort { ($0.worth, $1.text) > ($1.worth, $0.text) }
        return varied(candidates).map(\.text)
    }

    /// Takes the best in turn from each collection, leaving out what means the same as one already taken.
    private static func varied(_ candidates: [Candidate]) -> [Candidate] {
        var queues: [[Candidate]] = []
        for collection in Set(candidates.map(\.collection)).sorted() {
            queues.append(candidates.filter { $0.collection == collection && $0.precision >= 0.6 })
        }
        var chosen: [Candidate] = []
        while chosen.count < exampleCount, queues.contains(where: { !$0.isEmpty }) {
            for i in queues.indices where chosen.count < exampleCount && !queues[i].isEmpty {
                let next = queues[i].removeFirst()
                if chosen.allSatisfy({ $0.embedding.cosine(to: next.embedding) < 0.6 }) { chosen.append(next) }
            }
        }
        return chosen
    }

    /// Two to thirty characters with a letter in them, and no path or number.
    private static func isPhrase(_ text: String) -> Bool {
        (2...30).contains(text.count) && text.contains(where: \.isLetter)
            && !text.contains(where: { "/\\:<>".contains($0) })
    }

    // MARK: Wall

    /// Pictures from all collections in turn, none of which looks much like another.
    private static func wall(catalog: LibraryCatalog, index: any VectorIndex) async throws -> [Int64] {
        var queues: [[Int64]] = []
        for collection in try await catalog.collections() where collection.searchableCount > 0 {
            let keys = try await catalog.keys(collection: collection.key, attributes: [])
            var generator = SeededGenerator(seed: UInt64(keys.count))
            queues.append(Array(keys.shuffled(using: &generator).prefix(wallCount * 8)))
        }
        var chosen: [(key: Int64, embedding: Embedding)] = []
        for limit in [0.75, 0.9, 1.1] where chosen.count < wallCount {
            var rest = queues
            while chosen.count < wallCount, rest.contains(where: { !$0.isEmpty }) {
                try Task.checkCancellation()
                for i in rest.indices where chosen.count < wallCount && !rest[i].isEmpty {
                    let key = rest[i].removeFirst()
                    guard let embedding = try index.fetch([UInt64(key)])[UInt64(key)] else { continue }
                    let isNew = chosen.allSatisfy { $0.key != key && $0.embedding.cosine(to: embedding) < limit }
                    if isNew { chosen.append((key, embedding)) }
                }
            }
        }
        return chosen.map(\.key)
    }
}

/// SplitMix64: the same choice for the same library on every machine.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
