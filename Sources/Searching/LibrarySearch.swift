package import CLIP
package import Catalog
package import Core
package import Imaging
import Synchronization
package import VectorEngine

/// Searches one library: terms to a vector, vector to hits, hits to rows.
package final class LibrarySearch: Gallery {
    private let catalog: LibraryCatalog
    private let index: SegmentedIndex
    private let model: any Embedder
    private let store: PictureStore
    private let composer: QueryComposer
    private let queryLog: QueryLog?
    private let allowLists = AllowListCache()
    private let pool = BlockingPool(name: "search", width: 2)
    private let background = Mutex<(count: Int, background: Background)?>(nil)
    /// The first screen's content, for one state of the catalog.
    private let shown = Mutex<(generation: Int, showcase: Showcase)?>(nil)
    private let warm = Mutex(false)

    /// Joins the open parts of a library; `queryLog` samples the vectors of what people search for.
    package init(
        catalog: LibraryCatalog, index: SegmentedIndex, model: any Embedder, shrinker: any PictureShrinking,
        store: PictureStore, queryLog: QueryLog? = nil
    ) {
        self.catalog = catalog
        self.index = index
        self.model = model
        self.store = store
        self.queryLog = queryLog
        composer = QueryComposer(model: model, shrinker: shrinker, index: index) { id in
            guard let item = try await catalog.item(id) else {
                throw SearchError(
                    .unknownItem, "There is no item \(id); ids look like collection/token, as search prints them.")
            }
            return item.key
        }
    }

    package var isReady: Bool { warm.withLock { $0 } }

    /// Runs the embedder and one search, so that the first person does not wait for what is done once.
    ///
    /// Returns why an embedder that is elsewhere does not answer yet: pages, filters and likenesses of items do without.
    ///
    /// Throws: `EmbedderError` when it never will, since it runs another model or refuses the key.
    @discardableResult package func warmUp() async throws -> EmbedderError? {
        let query: Embedding
        var absence: EmbedderError?
        do {
            try await model.makeReady()
            query = try await model.textEmbedding("a picture")
        } catch let error as EmbedderError where error.code == .unavailable || error.code == .busy {
            absence = error
            query = Embedding(unitLength: [1] + [Float](repeating: 0, count: index.dimension - 1))
        }
        _ = try await pool.run { [index] in try index.search(query, k: 1, allowing: nil) }
        _ = try await sampleBackground()
        warm.withLock { $0 = true }
        return absence
    }

    package func search(_ request: SearchRequest) async throws -> SearchResult {
        try await search(request, without: nil)
    }

    package func similar(to id: ItemID, limit: Int, offset: Int) async throws -> SearchResult {
        guard let item = try await catalog.item(id) else {
            throw SearchError(.unknownItem, "There is no item \(id).")
        }
        return try await search(
            SearchRequest(terms: [QueryTerm(.item(id))], limit: limit, offset: offset), without: item.key)
    }

    private func search(_ request: SearchRequest, without excluded: Int64?) async throws -> SearchResult {
        guard (1...1_000).contains(request.limit), (0...100_000).contains(request.offset) else {
            throw SearchError(.badRequest, "Ask for 1 to 1,000 hits, beginning at most at hit 100,000.")
        }
        let clock = ContinuousClock()
        let start = clock.now
        if request.isBrowsing { return try await browse(request, since: start) }
        try await refresh()
        let query = try await composer.embedding(of: request.terms)
        let embedded = clock.now
        let allowed = try await allowList(of: request)
        // One more than asked for tells whether there is a next page; items that a term names are not news.
        let named = try await keys(namedBy: request.terms).union([excluded].compactMap(\.self))
        let wanted = Self.depth(request.offset + request.limit + 1 + named.count)
        // Paging asks the same again.
        if request.offset == 0, request.hasNewTerms { queryLog?.record(query, kind: request.kind) }
        let scored = try await pool.run { [index] in
            try index.search(query, k: wanted, allowing: allowed, recall: request.recall, kind: request.kind)
        }.filter { !named.contains(Int64($0.id)) }
        let searched = clock.now
        let page = Array(scored.dropFirst(request.offset).prefix(request.limit))
        let scale = try await sampleBackground()?.scores(of: query)
        let hits = try await hits(page, scale: scale)
        return SearchResult(
            hits: hits, model: model.name,
            took: SearchTimings(
                embed: embedded - start, search: searched - embedded, total: clock.now - start),
            nextOffset: scored.count > request.offset + request.limit ? request.offset + request.limit : nil,
            isWeak: index.count >= Background.smallestJudgedLibrary
                && Self.isWeak(request, best: scored.first, scale: scale))
    }

    /// How many hits the index is asked for: 100, 400, 1,600, … whichever is enough.
    ///
    /// A search for more hits looks at more of the index and may find one that another missed. So the first pages come
    /// from one and the same search and nothing comes twice or not at all between them.
    private static func depth(_ wanted: Int) -> Int {
        var depth = 100
        while depth < wanted { depth *= 4 }
        return depth
    }

    /// A filter without any term: its items in the order in which they came.
    private func browse(_ request: SearchRequest, since start: ContinuousClock.Instant) async throws -> SearchResult {
        let keys = try await catalog.keys(
            collection: try await collectionKey(of: request), attributes: request.attributes)
        let page = keys.dropFirst(request.offset).prefix(request.limit)
        let items = try await catalog.items(Array(page))
        let hits = page.compactMap { key -> Hit? in
            guard let item = items[key], let picture = item.picture else { return nil }
            return Hit(item, picture: picture, score: 1, scale: nil)
        }
        let taken = ContinuousClock.now - start
        return SearchResult(
            hits: hits, model: model.name, took: SearchTimings(embed: .zero, search: taken, total: taken),
            nextOffset: keys.count > request.offset + request.limit ? request.offset + request.limit : nil)
    }

    /// Only words can miss everything: a picture always has its nearest kin.
    private static func isWeak(
        _ request: SearchRequest, best: ScoredID?, scale: (mean: Double, deviation: Double)?
    ) -> Bool {
        let isText = request.terms.allSatisfy { if case .text = $0.content { true } else { false } }
        guard isText, let best, let scale else { return false }
        return (best.score - scale.mean) / scale.deviation < Background.weakDeviations
    }

    private func hits(
        _ page: [ScoredID], scale: (mean: Double, deviation: Double)?
    ) async throws -> [Hit] {
        let items = try await catalog.items(page.map { Int64($0.id) })
        return page.compactMap { scored in
            // A vector may be there a moment before its row, and a picture's row a moment after both.
            guard let item = items[Int64(scored.id)], let picture = item.picture else { return nil }
            return Hit(item, picture: picture, score: scored.score, scale: scale)
        }
    }

    private func allowList(of request: SearchRequest) async throws -> IDSet? {
        let filter = AllowListCache.Filter(
            collection: try await collectionKey(of: request), attributes: request.attributes)
        if filter.allowsAll { return nil }
        return try await allowLists.list(for: filter, generation: try await catalog.generation()) {
            IDSet(
                try await catalog.keys(collection: filter.collection, attributes: filter.attributes)
                    .map(UInt64.init))
        }
    }

    private func collectionKey(of request: SearchRequest) async throws -> Int64? {
        guard let name = request.collection else { return nil }
        do {
            return try await catalog.collectionKey(named: name)
        } catch let error as CatalogError where error.code == .unknownCollection {
            throw SearchError(.unknownCollection, error.message, cause: error)
        }
    }

    private func keys(namedBy terms: [QueryTerm]) async throws -> Set<Int64> {
        var keys: Set<Int64> = []
        for term in terms {
            if case .item(let id) = term.content, let item = try await catalog.item(id) { keys.insert(item.key) }
        }
        return keys
    }

    /// Sees what a writer in another process committed since.
    private func refresh() async throws {
        _ = try await pool.run { [index] in try index.refresh() }
    }

    /// The sample is taken anew when the library has grown or shrunk by a tenth.
    private func sampleBackground() async throws -> Background? {
        let count = index.count
        let known = background.withLock { $0 }
        if let known, abs(known.count - count) * 10 <= known.count { return known.background }
        let sampled = try await pool.run { [index] in try Background(index) }
        background.withLock { $0 = (count, sampled) }
        return sampled
    }

    // MARK: Browsing

    package func item(_ id: ItemID) async throws -> ItemDetail? {
        guard let item = try await catalog.item(id) else { return nil }
        return ItemDetail(
            id: item.id, name: item.name, collectionTitle: item.collectionTitle, picture: item.picture,
            attributes: item.attributes, mediaURI: item.mediaURI, sourceURL: item.sourceURL, failure: item.failure)
    }

    package func collections() async throws -> [CollectionSummary] {
        try await catalog.collections().map { collection in
            let about = collection.description
            return CollectionSummary(
                id: about.id, title: about.title, slug: about.slug, kind: about.kind,
                itemCount: collection.itemCount, searchableCount: collection.searchableCount,
                failureCount: collection.failureCount)
        }
    }

    package func showcase() async throws -> Showcase {
        let generation = try await catalog.generation()
        if let known = shown.withLock({ $0 }), known.generation == generation { return known.showcase }
        let showcase = try await readShowcase()
        shown.withLock { $0 = (generation, showcase) }
        return showcase
    }

    private func readShowcase() async throws -> Showcase {
        let curation = try await Curation.stored(in: catalog)
        let items = try await catalog.items(curation.wall)
        let wall = curation.wall.compactMap { key -> Hit? in
            guard let item = items[key], let picture = item.picture else { return nil }
            return Hit(item, picture: picture, score: 1, scale: nil)
        }
        return Showcase(examples: curation.examples, wall: wall)
    }

    package func status() async throws -> GalleryStatus {
        let collections = try await catalog.collections()
        return GalleryStatus(
            itemCount: collections.reduce(0) { $0 + $1.itemCount },
            searchableCount: collections.reduce(0) { $0 + $1.searchableCount },
            failureCount: collections.reduce(0) { $0 + $1.failureCount },
            pendingCount: collections.reduce(0) { $0 + $1.pendingCount }, model: model.name)
    }

    package func picture(_ hash: ContentHash, width: Int?) async throws -> PictureFile? {
        try await pool.run { [store] in
            // Thumbnails come in few sizes: the smallest that is wide enough.
            let size = width.map { width in
                PictureStore.thumbnailWidths.first { $0 >= width } ?? PictureStore.thumbnailWidths.max() ?? width
            }
            let bytes = if let size { try store.thumbnail(hash, width: size) } else { try store.read(hash) }
            return bytes.map { PictureFile(bytes: $0, contentType: PictureFormat(of: $0)?.contentType ?? "image/jpeg") }
        }
    }
}

extension Hit {
    /// Joins an item's row with its score.
    init(_ item: CatalogItem, picture: StoredPicture, score: Double, scale: (mean: Double, deviation: Double)?) {
        let strength = scale.map { ((score - $0.mean) / $0.deviation) / Background.fullDeviations } ?? score
        self.init(
            id: item.id, score: score, strength: min(1, max(0, strength)), name: item.name,
            collectionTitle: item.collectionTitle, picture: picture, attributes: item.attributes)
    }
}
