import Core
import GRDB

/// Writes pages of references within one transaction.
struct PageWriter {
    private let database: Database
    private var items: ItemStatements
    private var encoded = EncodedItem()
    private var tally = Tally()
    private var origins: Origins

    init(_ database: Database) throws {
        self.database = database
        items = try ItemStatements(database)
        origins = Origins(database)
    }

    mutating func write(_ page: ReferencePage) throws -> PageOutcome {
        let collection = try CollectionProgress(database).record(page)
        var outcome = PageOutcome()
        var seen: [Int64] = []
        for reference in page.items {
            encoded.encode(reference)
            let origin = try origins.key(of: reference.origin)
            if let key = try items.insert(encoded, collection: collection.key, state: .pending, origin: origin) {
                tally.add(1, collection: collection.key, origin: origin, state: .pending)
                outcome.added += 1
                if collection.isSweeping { seen.append(key) }
            } else if let known = try items.find(encoded, collection: collection.key) {
                if try update(known, collection: collection.key, origin: origin) { outcome.changed += 1 }
                if collection.isSweeping { seen.append(known.id) }
            }
        }
        for failure in page.failures {
            let key = try write(failure, collection: collection.key)
            if collection.isSweeping { seen.append(key) }
            outcome.failed += 1
        }
        let note = try database.cachedStatement(sql: "INSERT OR IGNORE INTO seenItem VALUES (?, ?)")
        for key in seen { try note.execute(arguments: [collection.key, key]) }
        return outcome
    }

    func finish(isChanged: Bool) throws {
        try tally.apply(in: database)
        if isChanged { try LibraryCatalog.raiseGeneration(in: database) }
    }

    /// Brings a known item up to what its source says now; whether that is anything new.
    private mutating func update(_ known: ItemStatements.Known, collection: Int64, origin: Int64) throws -> Bool {
        let isChanged = !(known.hasSameName && known.hasSameMedia && known.hasSameAttributes)
        guard isChanged || known.origin != origin else { return false }
        let state = known.hasSameMedia ? known.state : .pending
        if known.hasPicture, !known.hasSameAttributes {
            try AttributeLinks(database).replace(
                of: known.id, with: JSONText.attributes(encoded.text(encoded.attributes)))
        }
        try database.cachedStatement(
            sql: """
                UPDATE item SET name = ?, mediaURIs = ?, attributes = ?, isSpam = ?, version = ?, origin = ?,
                    state = ?, revision = revision + ? WHERE id = ?
                """
        ).execute(
            arguments: [
                encoded.text(encoded.name), encoded.text(encoded.mediaURIs), encoded.text(encoded.attributes),
                encoded.isSpam, encoded.text(encoded.version), origin, state.rawValue, known.hasSameMedia ? 0 : 1,
                known.id,
            ])
        if !known.hasSameMedia {
            try database.cachedStatement(sql: "DELETE FROM failure WHERE item = ?").execute(arguments: [known.id])
        }
        tally.move(collection: collection, from: (known.origin, known.state), to: (origin, state))
        return isChanged
    }

    /// Records a token that its source could not describe; the item's key.
    ///
    /// An item that went through before keeps what it has: a failed second look takes nothing away.
    private mutating func write(_ failure: CollectFailure, collection: Int64) throws -> Int64 {
        encoded.encode(ItemReference(token: failure.token, name: failure.token, mediaURIs: []))
        if let known = try items.find(encoded, collection: collection) { return known.id }
        let origin = try origins.key(of: .missing)
        guard let key = try items.insert(encoded, collection: collection, state: .failed, origin: origin) else {
            preconditionFailure("a token that was not found can be added")
        }
        tally.add(1, collection: collection, origin: origin, state: .failed)
        // What has no media comes back when its source is collected again, not by fetching.
        try FailureRow(
            stage: .collect, code: "metadata", reason: failure.reason, isRetryable: failure.isRetryable, nextRetry: nil
        ).write(item: key, retries: 1, in: database)
        return key
    }
}
