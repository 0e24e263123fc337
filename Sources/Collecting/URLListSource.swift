package import Core

/// Pictures named by URL in a file: one a line (`.txt`), a table with a header (`.csv`, `.tsv`) or JSON lines (`.jsonl`).
package struct URLListSource: ReferenceSource {
    private enum Format: String {
        case txt, csv, tsv, jsonl

        var separator: UInt8 { self == .tsv ? 0x09 : UInt8(ascii: ",") }
        var isTable: Bool { self == .csv || self == .tsv }
    }

    private let path: String
    private let format: Format
    private let urlColumn: String
    private let idColumn: String
    private let collection: CollectionDescription
    private let pool: BlockingPool

    private static let pageSize = 500
    private static let nameColumn = "name"

    /// `urlColumn` and `idColumn` name the columns of tables and the keys of JSON lines.
    ///
    /// Items without an id are numbered by their row, the first being 1. Every other column but `name` becomes an
    /// attribute. Throws: ``CollectError`` for an unknown kind of file or a bad name.
    package init(
        path: String, collection name: String, urlColumn: String = "url", idColumn: String = "id", pool: BlockingPool
    ) throws(CollectError) {
        let end = path.lastIndex(of: ".").map { path[path.index(after: $0)...].lowercased() } ?? ""
        guard let format = Format(rawValue: end) else {
            throw CollectError(.badRequest, "\(path) is no list that can be read; use .txt, .csv, .tsv or .jsonl.")
        }
        guard ItemID.isPlainCollectionName(name) else {
            throw CollectError(.badRequest, "“\(name)” is no collection name (letters, digits, -, _ and .).")
        }
        self.path = path
        self.format = format
        self.urlColumn = urlColumn
        self.idColumn = idColumn
        self.pool = pool
        collection = CollectionDescription(id: name, kind: .list, title: name, origin: path)
    }

    /// The next up to 500 rows; the cursor is `byte offset:rows before it`.
    package func page(after cursor: String?) async throws -> ReferencePage {
        try await pool.run { try read(after: cursor) }
    }

    /// Blocks.
    private func read(after cursor: String?) throws(CollectError) -> ReferencePage {
        var (offset, row) = try Self.position(cursor)
        var header: [String] = []
        if format.isTable {
            let reader = try RecordReader(path: path, offset: 0, hasQuotes: true)
            guard let first = try reader.next() else {
                throw CollectError(.invalidAnswer, "The list \(path) is empty.")
            }
            header = RecordReader.fields(first.bytes, separator: format.separator).map(\.trimmed)
            guard header.contains(urlColumn) else {
                let columns = header.joined(separator: ", ")
                throw CollectError(
                    .badRequest, "The list has no column “\(urlColumn)”; it has \(columns). Name it with --url-column.")
            }
            if cursor == nil { offset = first.nextOffset }
        }
        let reader = try RecordReader(path: path, offset: offset, hasQuotes: format.isTable)
        var page = ReferencePage(collection: collection, items: [])
        while page.items.count + page.failures.count < Self.pageSize {
            guard let record = try reader.next() else { return page }
            offset = record.nextOffset
            row += 1
            guard record.bytes.contains(where: { $0 > 0x20 }) else { continue }
            let outcome: Result<ItemReference, RowProblem> =
                record.isTooLong
                ? .failure(RowProblem(reason: "The row is longer than 1 MiB."))
                : reference(columns(of: record.bytes, header: header), row: row)
            switch outcome {
            case .success(let item): page.items.append(item)
            case .failure(let problem):
                page.failures.append(CollectFailure(token: "\(row)", reason: problem.reason, isRetryable: false))
            }
        }
        page.nextCursor = "\(offset):\(row)"
        return page
    }

    private struct RowProblem: Error { let reason: String }

    private static func position(_ cursor: String?) throws(CollectError) -> (offset: Int, row: Int) {
        guard let cursor else { return (0, 0) }
        let parts = cursor.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, parts[0] >= 0, parts[1] >= 0 else {
            throw CollectError(.badCursor, "The stored position of this list cannot be read; collect it anew.")
        }
        return (parts[0], parts[1])
    }

    /// The row as pairs of column and text; nil when it is no JSON object.
    private func columns(of record: [UInt8], header: [String]) -> [(name: String, value: String)]? {
        switch format {
        case .txt:
            return [(urlColumn, String(decoding: record, as: UTF8.self).trimmed)]
        case .csv, .tsv:
            let fields = RecordReader.fields(record, separator: format.separator).map(\.trimmed)
            return Array(zip(header, fields))
        case .jsonl:
            guard case .object(let members)? = try? JSONParser.parse(record) else { return nil }
            return members.sorted { $0.key < $1.key }.compactMap { key, value in value.scalarText.map { (key, $0) } }
        }
    }

    private func reference(
        _ columns: [(name: String, value: String)]?, row: Int
    ) -> Result<ItemReference, RowProblem> {
        guard let columns else { return .failure(RowProblem(reason: "The row is no JSON object.")) }
        func value(_ name: String) -> String? {
            columns.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
        }
        guard let url = value(urlColumn) else { return .failure(RowProblem(reason: "The row has no URL.")) }
        let token = value(idColumn).map { ItemID.unambiguousToken(String($0.prefix(1000))) } ?? "\(row)"
        let others = columns.filter { ![urlColumn, idColumn, Self.nameColumn].contains($0.name) && !$0.value.isEmpty }
        let attributes = others.prefix(200).map {
            Attribute(trait: String($0.name.prefix(1000)), value: String($0.value.prefix(1000)))
        }
        return .success(
            ItemReference(
                token: token, name: value(Self.nameColumn) ?? Self.name(from: url), mediaURIs: [url],
                attributes: Array(attributes)))
    }

    /// The last component of the URL's path as words; the whole URL when there is none.
    private static func name(from url: String) -> String {
        guard !url.lowercased().hasPrefix("data:") else { return "inline picture" }
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let last = path.split(separator: "/").last else { return String(url.prefix(200)) }
        let stem = last.lastIndex(of: ".").map { last[..<$0] } ?? last
        return FolderSource.readable(stem.isEmpty ? last : stem)
    }
}
