import CLIP
import Core
import Imaging
import Synchronization
import VectorEngine

/// Turns the terms of a query into one embedding: the weighted sum of the terms' embeddings, scaled to unit length.
final class QueryComposer: Sendable {
    /// Pictures a query may hold: each costs a decode.
    static let maximumPictures = 4

    private let model: any Embedder
    private let shrinker: any PictureShrinking
    private let index: any VectorIndex
    /// The key of an item.
    private let key: @Sendable (ItemID) async throws -> Int64
    /// Large query pictures wait for each other and searches by words for none of them.
    private let pictureTurns = AsyncSemaphore(places: 1)
    /// Paging through the hits of a picture asks for its embedding again.
    private let pictures = Mutex<[ContentHash: Embedding]>([:])

    init(
        model: any Embedder, shrinker: any PictureShrinking, index: any VectorIndex,
        key: @escaping @Sendable (ItemID) async throws -> Int64
    ) {
        self.model = model
        self.shrinker = shrinker
        self.index = index
        self.key = key
    }

    /// Composes the query.
    ///
    /// Throws: ``SearchError`` for an empty query, a picture that cannot be decoded, an item that is not there.
    func embedding(of terms: [QueryTerm]) async throws -> Embedding {
        let terms = terms.filter { !$0.isBlank }
        guard !terms.isEmpty else {
            throw SearchError(.emptyQuery, "Say what you are looking for: some words, a picture or an item.")
        }
        guard terms.count(where: \.isPicture) <= Self.maximumPictures else {
            throw SearchError(.badRequest, "A query may hold at most \(Self.maximumPictures) pictures.")
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
            return try await Self.explained { try await model.textEmbedding(text) }
        case .image(let bytes):
            return try await embedding(ofPicture: bytes)
        case .item(let id):
            let key = UInt64(try await key(id))
            guard let embedding = try index.fetch([key])[key] else {
                throw SearchError(
                    .unknownItem, "\(id) cannot be searched with yet: it has no vector. Run `nftopia ingest` first.")
            }
            return embedding
        }
    }

    private func embedding(ofPicture bytes: [UInt8]) async throws -> Embedding {
        let hash = ContentHash(of: bytes)
        if let known = pictures.withLock({ $0[hash] }) { return known }
        do {
            let image = try await shrinker.decode(bytes)
            let embedding = try await pictureTurns.withPlace {
                try await Self.explained { try await model.imageEmbedding(image) }
            }
            pictures.withLock { pictures in
                if pictures.count >= 256 { pictures.removeAll() }
                pictures[hash] = embedding
            }
            return embedding
        } catch let error as ImagingError {
            throw SearchError(.badPicture, error.message, cause: error)
        }
    }

    /// Says who asked what an embedder elsewhere could not do.
    private static func explained(_ body: () async throws -> Embedding) async throws -> Embedding {
        do {
            return try await body()
        } catch let error as EmbedderError {
            throw SearchError(error.code == .busy ? .embedderBusy : .embedderAway, error.message, cause: error)
        }
    }
}

extension SearchRequest {
    /// Whether it asks for a collection's or an attribute's items, whatever they look like.
    var isBrowsing: Bool {
        terms.allSatisfy(\.isBlank) && (collection != nil || !attributes.isEmpty)
    }
}

extension SearchRequest {
    /// Where the query's vector lies: among pictures when it is made from nothing but pictures and items that hits shall
    /// look like.
    ///
    /// A word in it, or something taken away, leads out from among them, so that more must be looked at, as for texts.
    var kind: QueryKind {
        let terms = terms.filter { !$0.isBlank }
        return !terms.isEmpty && terms.allSatisfy { !$0.isText && $0.weight > 0 } ? .picture : .text
    }

    /// Whether somebody brought words or pictures; items only are vectors that the index has.
    var hasNewTerms: Bool {
        terms.contains { term in
            if case .item = term.content { false } else { !term.isBlank }
        }
    }
}

extension QueryTerm {
    var isText: Bool { if case .text = content { true } else { false } }

    var isPicture: Bool { if case .image = content { true } else { false } }

    /// A text without a letter in it asks for nothing.
    var isBlank: Bool {
        guard case .text(let text) = content else { return false }
        return text.allSatisfy(\.isWhitespace)
    }
}
