package import Core
internal import Fetching
internal import Synchronization

/// Pictures named by URL in a file: one a line (`.txt`), a table with a header (`.csv`, `.tsv`) or JSON lines
/// (`.jsonl`), each also packed with gzip (`.gz`).
package final class URLListSource: ReferenceSource {
    private enum Format: String {
        case txt, csv, tsv, jsonl

        var separator: UInt8 { self == .tsv ? 0x09 : UInt8(ascii: ",") }
        var isTable: Bool { self == .csv || self == .tsv }
    }

    private let path: String
    private let format: Format
    private let isGzip: Bool
    private let columns: ListColumns
    private let collection: CollectionDescription
    private let pool: BlockingPool
    /// The reader that stopped at a cursor, so that the next page goes on without going there again.
    private let paused = Mutex<(cursor: String, reader: RecordReader, header: [String])?>(nil)

    private static let pageSize = 500

    /// `urlColumn` and `idColumn` name the columns of tables and the keys of JSON lines; where they are nil, the usual
    /// names are looked for.
    ///
    /// Items without an id are numbered by their row, the first being 1. A name, caption, title or text becomes the
    /// name; every other column becomes an attribute. Throws: ``CollectError`` for an unknown kind of file or a bad name.
    package init(
        path: String, collection name: String, urlColumn: String? = nil, idColumn: String? = nil, pool: BlockingPool
    ) throws(CollectError) {
        var endings = path.split(separator: ".").suffix(2).map { $0.lowercased() }
        isGzip = endings.last == "gz"
        if isGzip { endings.removeLast() }
        guard let format = endings.last.flatMap({ Format(rawValue: $0) }) else {
            throw CollectError(
                .badRequest, "\(path) is no list that can be read; use .txt, .csv, .tsv or .jsonl, also with .gz.")
        }
        guard ItemID.isPlainCollectionName(name) else {
            throw CollectError(.badRequest, "“\(name)” is no collection name (letters, digits, -, _ and .).")
        }
        self.path = path
        self.format = format
        columns = ListColumns(url: urlColumn, id: idColumn)
        self.pool = pool
        collection = CollectionDescription(id: name, kind: .list, title: name, origin: path)
    }

    /// The next up to 500 rows; the cursor is `byte offset:rows before it`, counted in the unpacked text.
    package func page(after cursor: String?) async throws -> ReferencePage {
        try await pool.run { [self] in try read(after: cursor) }
    }

    /// Blocks.
    private func read(after cursor: String?) throws(CollectError) -> ReferencePage {
        let (offset, rowsBefore) = try Self.position(cursor)
        let (reader, header) = try reader(at: cursor, offset: offset)
        var row = rowsBefore
        var position = offset
        var origins = MediaOriginMemo()
        var page = ReferencePage(collection: collection, items: [])
        do {
            while page.items.count + page.failures.count < Self.pageSize {
                guard let record = try reader.next() else { return page }
                position = record.nextOffset
                row += 1
                guard record.bytes.contains(where: { $0 > 0x20 }) else { continue }
                let outcome: Result<ItemReference, RowProblem> =
                    record.isTooLong
                    ? .failure(RowProblem(reason: "The row is longer than 1 MiB."))
                    : reference(values(of: record.bytes, header: header), row: row, origins: &origins)
                switch outcome {
                case .success(let item): page.items.append(item)
                case .failure(let problem):
                    page.failures.append(CollectFailure(token: "\(row)", reason: problem.reason, isRetryable: false))
                }
            }
        } catch {
            // The rows before the damage are good: they are given first, and the next page tells of it.
            guard row > rowsBefore else { throw error }
            page.nextCursor = "\(position):\(row)"
            return page
        }
        let next = "\(position):\(row)"
        page.nextCursor = next
        paused.withLock { $0 = (next, reader, header) }
        return page
    }

    /// A reader that stands at `cursor`, and the header of the table.
    private func reader(at cursor: String?, offset: Int) throws(CollectError) -> (RecordReader, header: [String]) {
        let stopped = paused.withLock { state in
            let stopped = state
            state = nil
            return stopped
        }
        if let stopped, stopped.cursor == cursor { return (stopped.reader, stopped.header) }
        guard format.isTable else {
            return (try RecordReader(path: path, isGzip: isGzip, offset: offset, hasQuotes: false), [])
        }
        let reader = try RecordReader(path: path, isGzip: isGzip, offset: 0, hasQuotes: true)
        guard let first = try reader.next() else {
            throw CollectError(.invalidAnswer, "The list \(path) is empty.")
        }
        let header = RecordReader.fields(first.bytes, separator: format.separator).map(\.trimmed)
        guard columns.urlColumn(among: header) != nil else {
            let found = header.joined(separator: ", ")
            throw CollectError(
                .badRequest,
                "The list has no column “\(columns.url ?? "url")”; it has \(found). Name it with --url-column.")
        }
        if cursor == nil { return (reader, header) }
        return (try RecordReader(path: path, isGzip: isGzip, offset: offset, hasQuotes: true), header)
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
    private func values(of record: [UInt8], header: [String]) -> [(name: String, value: String)]? {
        switch format {
        case .txt:
            return [(columns.url ?? "url", String(decoding: record, as: UTF8.self).trimmed)]
        case .csv, .tsv:
            let fields = RecordReader.fields(record, separator: format.separator).map(\.trimmed)
            return Array(zip(header, fields))
        case .jsonl:
            guard let value = try? JSONParser.parse(record), value.isObject else { return nil }
            return value.members.sorted { $0.key < $1.key }.compactMap { key, value in
                value.scalarText.map { (key, $0) }
            }
        }
    }

    private func reference(
        _ values: [(name: String, value: String)]?, row: Int, origins: inout MediaOriginMemo
    ) -> Result<ItemReference, RowProblem> {
        guard let values else { return .failure(RowProblem(reason: "The row is no JSON object.")) }
        let names = format == .txt ? [columns.url ?? "url"] : values.map(\.name)
        func value(_ name: String?) -> String? {
            values.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
        }
        let urlColumn = columns.urlColumn(among: names)
        guard let url = value(urlColumn) else { return .failure(RowProblem(reason: "The row has no URL.")) }
        let idColumn = columns.idColumn(among: names)
        let nameColumn = ListColumns.nameColumn(among: names)
        let token = value(idColumn).map { ItemID.unambiguousToken(String($0.prefix(1000))) } ?? "\(row)"
        let others = values.filter { ![urlColumn, idColumn, nameColumn].contains($0.name) && !$0.value.isEmpty }
        let attributes = others.prefix(200).map {
            Attribute(trait: String($0.name.prefix(1000)), value: String($0.value.prefix(1000)))
        }
        let name = value(nameColumn).map { String($0.prefix(1000)) }
        return .success(
            ItemReference(
                token: token, name: name ?? Self.name(from: url), mediaURIs: [url], attributes: Array(attributes),
                origin: origins.origin(ofFirst: [url])))
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
