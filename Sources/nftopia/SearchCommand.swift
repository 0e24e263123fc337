import ArgumentParser
import CLIP
import Core
import Foundation
import Imaging
import Searching
import Serving

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find pictures that look like words, like pictures, or both.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var output: HitOutput
    @OptionGroup var embedding: EmbedderOptions
    @Argument(help: "What to look for.") var text: String?
    @Option(name: .customLong("not"), help: "What it should not look like; may be repeated.") var not: [String] = []
    @Option(help: "A picture file to look like; may be repeated.") var image: [String] = []
    @Option(help: "An item to look like (collection/token); may be repeated.") var like: [String] = []
    @Option(help: "An item not to look like; may be repeated.") var unlike: [String] = []
    @Option(help: "The weights of all terms, in the order text, --image, --like, --not, --unlike.")
    var weight: [Float] = []
    @Option(name: .customLong("where"), help: "Attributes that hits must have: 'trait=value AND trait=value'.")
    var condition: String?
    @Option(help: "Only this collection: its id, slug or title.") var collection: String?

    @OptionGroup var recall: RecallOptions
    @OptionGroup(title: "Model") var running: ModelOptions

    func validate() throws {
        guard text != nil || !image.isEmpty || !like.isEmpty else {
            throw ValidationError("Say what to look for: some words, --image FILE or --like ID.")
        }
    }

    func run() async throws {
        var request = SearchRequest(terms: try terms(), collection: collection, limit: output.count)
        if let condition {
            do {
                request.attributes = try AttributeExpression(parsing: condition).attributes
            } catch {
                throw ValidationError(error.message)
            }
        }
        let session = try await LibrarySession.open(
            options, for: .search, running: running.clip, recall: recall.recall)
        let result = try await embedding.search(of: session).search(request)
        try output.show(result, query: text, session: session, options: options)
    }

    private func terms() throws -> [QueryTerm] {
        var terms: [QueryTerm] = []
        if let text { terms.append(QueryTerm(.text(text))) }
        for path in image {
            guard let data = FileManager.default.contents(atPath: (path as NSString).expandingTildeInPath) else {
                throw SearchError(.badPicture, "The picture \(path) cannot be read; check its name and permissions.")
            }
            terms.append(QueryTerm(.image(Array(data))))
        }
        terms += try like.map { QueryTerm(.item(try Self.id($0))) }
        let positive = terms.count
        terms += not.map { QueryTerm(.text($0), weight: -0.5) }
        terms += try unlike.map { QueryTerm(.item(try Self.id($0)), weight: -0.5) }
        guard weight.isEmpty || weight.count == terms.count else {
            throw ValidationError("Give --weight once for each of the \(terms.count) terms, or not at all.")
        }
        for (i, value) in weight.enumerated() { terms[i].weight = i < positive ? value : -abs(value) }
        return terms
    }

    static func id(_ text: String) throws -> ItemID {
        guard let id = ItemID(parsing: text) else {
            throw ValidationError("\"\(text)\" is no item id: they look like collection/token.")
        }
        return id
    }
}

struct SimilarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar", abstract: "Find what looks like an item.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var output: HitOutput
    @Argument(help: "The item: collection/token.") var id: String
    @OptionGroup var recall: RecallOptions
    @OptionGroup(title: "Model") var running: ModelOptions

    func run() async throws {
        let item = try SearchCommand.id(id)
        let session = try await LibrarySession.open(
            options, for: .search, running: running.clip, recall: recall.recall)
        let result = try await session.search.similar(to: item, limit: output.count, offset: 0)
        try output.show(result, query: nil, session: session, options: options)
    }
}

/// How many hits, and what to do with them.
struct HitOutput: ParsableArguments {
    @Option(name: [.customShort("k"), .customLong("count")], help: "How many hits.") var count = 20
    @Flag(help: "Open the best hit's picture in the desktop's viewer.") var open = false

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("-k must be between 1 and 1000.") }
    }

    func show(_ result: SearchResult, query: String?, session: LibrarySession, options: GlobalOptions) throws {
        if options.json {
            try Console.json(SearchResponse(query: query, result: result))
        } else {
            for (rank, hit) in result.hits.enumerated() {
                let number = String(rank + 1)
                let name = Console.printable(hit.name)
                Console.line(
                    String(repeating: " ", count: max(0, 3 - number.count)) + number
                        + String(format: "  %.3f  ", hit.score) + Console.printable(hit.id.description)
                        + (name == hit.id.token ? "" : "  " + name))
            }
            if result.hits.isEmpty { Console.line("Nothing found.") }
            if result.isWeak { options.note("Nothing here looks much like that; these come nearest.") }
        }
        if open, let best = result.hits.first { try view(session.store.path(for: best.picture.hash)) }
    }

    private func view(_ path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["xdg-open", path]
        try process.run()
        process.waitUntilExit()
    }
}
