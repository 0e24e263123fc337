import CLIP
import Core
import Imaging
import VectorEngine

/// Turns the terms of a query into one embedding: the weighted sum of the terms' embeddings, scaled to unit length.
struct QueryComposer: Sendable {
    let model: CLIPModel
    let shrinker: Shrinker
    let index: any VectorIndex
    /// For decoding query pictures.
    let pool: BlockingPool
    let key: @Sendable (ItemID) async throws -> Int64

    /// Composes the query.
    ///
    /// Throws: ``SearchError`` for an empty query, a picture that cannot be decoded, an item that is not there.
    func embedding(of terms: [QueryTerm]) async throws -> Embedding {
        let terms = terms.filter { !$0.isBlank }
        guard !terms.isEmpty else {
            throw SearchError(.emptyQuery, "Say what you are looking for: some words, a picture or an item.")
        }
        if terms.count == 1, terms[0].weight > 0 { return try await embedding(of: terms[0].content) }
        var sum = [Float](repeating: 0, count: model.dimension)
        for term in terms {
            guard term.weight.isFinite, abs(term.weight) <= 100 else {
                throw SearchError(.badRequest, "A weight must be a number between -100 and 100.")
            }
            let part = try await embedding(of: term.content)
            for i in sum.indices { sum[i] += term.weight * part.values[i] }
        }
        guard let embedding = Embedding(normalizing: sum) else {
            throw SearchError(.badRequest, "The terms cancel each other out; change a word or a weight.")
        }
        return embedding
    }

    private func embedding(of content: QueryTerm.Content) async throws -> Embedding {
        switch content {
        case .text(let text):
            return try await model.textEmbedding(text)
        case .image(let bytes):
            let (model, shrinker) = (model, shrinker)
            do {
                let tensor = try await pool.run { model.preprocess(try shrinker.decode(bytes)) }
                return try await model.imageEmbeddings(tensors: [tensor])[0]
            } catch let error as ImagingError {
                throw SearchError(.badPicture, error.message, cause: error)
            }
        case .item(let id):
            let key = UInt64(try await key(id))
            guard let embedding = try index.fetch([key])[key] else {
                throw SearchError(
                    .unknownItem, "\(id) cannot be searched with yet: it has no vector. Run `nftopia ingest` first.")
            }
            return embedding
        }
    }
}

extension SearchRequest {
    /// Whether it asks for a collection's or an attribute's items, whatever they look like.
    var isBrowsing: Bool {
        terms.allSatisfy(\.isBlank) && (collection != nil || !attributes.isEmpty)
    }
}

extension QueryTerm {
    /// A text without a letter in it asks for nothing.
    var isBlank: Bool {
        guard case .text(let text) = content else { return false }
        return text.allSatisfy(\.isWhitespace)
    }
}
