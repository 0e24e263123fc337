import Core
import HTTPTypes
import Hummingbird
import Searching

/// The pages.
struct PageRoutes {
    let site: Site

    private static let pageSize = 48
    private static let similarCount = 24

    func add(to router: Router<Context>) {
        router.get("/") { _, _ in try await home() }
        router.get("search") { request, _ in try await results(request) }
        router.post("search") { request, _ in try await receivePicture(request) }
        router.get("items") { request, _ in
            try await item(FormFields(query: request.uri.query ?? "")["id"].flatMap { ItemID(parsing: $0) })
        }
        router.get("items/**") { request, _ in
            try await item(Address.itemID(inPath: request.uri.path, after: "/items/"))
        }
    }

    private func home() async throws -> Response {
        let status = try await site.status.value
        guard status.itemCount > 0 else { return site.pages.message(.emptyLibrary, form: SearchForm()) }
        guard status.searchableCount > 0 else {
            return site.pages.message(.nothingSearchable(items: status.itemCount), form: SearchForm())
        }
        let showcase = try await site.gallery.showcase()
        var form = SearchForm(nil, collections: try await site.collections.value)
        form.hasFocus = true
        return site.pages.page(
            "home", title: "NFTopia", form: form, content: HomeContent(showcase: showcase, status: status))
    }

    private func results(_ request: Request) async throws -> Response {
        let parameters = try SearchParameters(
            FormFields(query: request.uri.query ?? ""), defaultLimit: Self.pageSize, options: site.options)
        var form = SearchForm(parameters, collections: try await site.collections.value)
        guard parameters.hasTerms || !parameters.attributes.isEmpty else {
            form.hasFocus = true
            return site.pages.message(
                Message(
                    title: "What are you looking for?",
                    sentence: "Describe a picture in a few words, or drop one anywhere on this page."),
                form: form)
        }
        let bytes = try site.pictureBytes(of: parameters)
        let result = try await site.gallery.search(parameters.request(pictureBytes: bytes))
        let content = ResultsContent(
            result, parameters: parameters, terms: try await terms(of: parameters, pictureBytes: bytes),
            maximumOffset: site.options.maximumOffset)
        let title = parameters.text ?? "Search by picture"
        return site.pages.page("results", title: "\(title) · NFTopia", form: form, content: content)
    }

    /// Keeps the picture for a while and goes to its results page, which then has an address.
    private func receivePicture(_ request: Request) async throws -> Response {
        let (bytes, fields) = try await site.sentPicture(in: request)
        var parameters = try SearchParameters(fields, defaultLimit: Self.pageSize, options: site.options)
        let hash = site.queryPictures.insert(bytes)
        parameters.like = nil
        parameters.picture = hash
        return Response(
            status: .seeOther, headers: [.location: parameters.path(), .cacheControl: "no-store"])
    }

    private func item(_ id: ItemID?) async throws -> Response {
        guard let id, let item = try await site.gallery.item(id) else {
            throw Problem.notFound("There is no such picture in this library. It may have been collected elsewhere.")
        }
        var similar: [Hit] = []
        if item.picture != nil, site.gallery.isReady {
            do {
                similar = try await site.gallery.similar(to: id, limit: Self.similarCount, offset: 0).hits
            } catch let error as SearchError where error.code == .unknownItem {
                // Stored and not yet embedded: the page shows the picture without company.
            }
        }
        let content = ItemContent(item, similar: similar)
        let form = SearchForm(nil, collections: try await site.collections.value)
        return site.pages.page("item", title: "\(content.name) · NFTopia", form: form, content: content)
    }

    /// Everything asked for besides the text, each with the way back to the search without it.
    private func terms(
        of parameters: SearchParameters, pictureBytes: [UInt8]?
    ) async throws -> [ResultsContent.Term] {
        var terms: [ResultsContent.Term] = []
        if let hash = parameters.picture, let pictureBytes {
            let isShown = QueryPictures.displayableType(of: pictureBytes) != nil
            terms.append(
                ResultsContent.Term(
                    label: "like", value: "your picture", image: isShown ? "/query-pictures/\(hash.hex)" : nil,
                    isPixelArt: false, without: parameters.with { $0.picture = nil }.path()))
        }
        if let like = parameters.like {
            terms.append(try await term("like", like, without: parameters.with { $0.like = nil }))
        }
        if let unlike = parameters.unlike {
            terms.append(try await term("not like", unlike, without: parameters.with { $0.unlike = nil }))
        }
        if let notText = parameters.notText {
            terms.append(
                ResultsContent.Term(
                    label: "not", value: notText, image: nil, isPixelArt: false,
                    without: parameters.with { $0.notText = nil }.path()))
        }
        for attribute in parameters.attributes {
            let without = parameters.with { $0.attributes.removeAll { $0 == attribute } }
            terms.append(
                ResultsContent.Term(
                    label: attribute.trait, value: attribute.value, image: nil, isPixelArt: false,
                    without: without.path()))
        }
        return terms
    }

    private func term(
        _ label: String, _ id: ItemID, without: SearchParameters
    ) async throws -> ResultsContent.Term {
        let item = try await site.gallery.item(id)
        return ResultsContent.Term(
            label: label, value: item?.name ?? id.token,
            image: item?.picture.map { Address.picture($0.hash, width: $0.isPixelArt ? nil : 256) },
            isPixelArt: item?.picture?.isPixelArt ?? false, without: without.path())
    }
}
