import GRDB

extension LibraryCatalog {
    /// The schema's history; each step is applied once, in order, and never changed after a release.
    static var schema: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 items, pictures, attributes, failures") { database in
            try database.execute(
                sql: """
                    CREATE TABLE collection (
                        id INTEGER PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        kind TEXT NOT NULL,
                        title TEXT NOT NULL,
                        slug TEXT,
                        origin TEXT NOT NULL,
                        -- where collecting goes on; NULL before the first page and after the last
                        cursor TEXT,
                        isComplete INTEGER NOT NULL DEFAULT 0
                    );
                    CREATE INDEX collectionSlug ON collection(slug);

                    -- id is also the item's key in the vector index: never used twice
                    CREATE TABLE item (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        collection INTEGER NOT NULL REFERENCES collection(id),
                        token TEXT NOT NULL,
                        name TEXT NOT NULL,
                        mediaURIs TEXT NOT NULL,   -- JSON array, best first
                        attributes TEXT NOT NULL,  -- JSON array of [trait, value], in the order of the source
                        isSpam INTEGER NOT NULL DEFAULT 0,
                        version TEXT NOT NULL,
                        -- rises when the medium changes: an outcome for an earlier one is void
                        revision INTEGER NOT NULL DEFAULT 0,
                        state INTEGER NOT NULL,    -- ItemState
                        picture BLOB,              -- picture.hash
                        sourceURL TEXT,
                        UNIQUE (collection, token)
                    );
                    CREATE INDEX itemByState ON item(state, collection);
                    CREATE INDEX itemByPicture ON item(picture) WHERE picture IS NOT NULL;

                    CREATE TABLE picture (
                        hash BLOB PRIMARY KEY,
                        width INTEGER NOT NULL,
                        height INTEGER NOT NULL,
                        byteCount INTEGER NOT NULL,
                        dominantColor INTEGER NOT NULL,
                        isPixelArt INTEGER NOT NULL
                    ) WITHOUT ROWID;

                    CREATE TABLE attribute (
                        id INTEGER PRIMARY KEY,
                        trait TEXT NOT NULL,
                        value TEXT NOT NULL,
                        UNIQUE (trait, value)
                    );
                    CREATE TABLE itemAttribute (
                        attribute INTEGER NOT NULL REFERENCES attribute(id),
                        item INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
                        PRIMARY KEY (attribute, item)
                    ) WITHOUT ROWID;
                    CREATE INDEX attributeByItem ON itemAttribute(item);

                    CREATE TABLE failure (
                        item INTEGER PRIMARY KEY REFERENCES item(id) ON DELETE CASCADE,
                        stage TEXT NOT NULL,
                        code TEXT NOT NULL,
                        reason TEXT NOT NULL,
                        isRetryable INTEGER NOT NULL,
                        attempts INTEGER NOT NULL
                    );

                    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                    INSERT INTO setting VALUES ('generation', '0');
                    """)
        }
        migrator.registerMigration("2 origins, tallies, parts, ledger") { database in
            try database.execute(sql: secondVersion)
        }
        migrator.registerMigration("3 kept models") { database in
            try database.execute(sql: thirdVersion)
        }
        return migrator
    }

    /// References between tables are kept by this target's code: checking each row again costs tens of millions of
    /// look-ups.
    private static let secondVersion = """
        -- where media live; 0 in item.origin: not looked at yet (rows of version 1)
        CREATE TABLE mediaOrigin (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,        -- MediaKind
            host TEXT NOT NULL,
            UNIQUE (kind, host)
        );
        ALTER TABLE item ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;
        DROP INDEX itemByState;
        CREATE INDEX pendingItem ON item(collection, origin) WHERE state = 0;

        -- the only counts there are; moved in the transactions that move the items
        CREATE TABLE tally (
            collection INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            state INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (collection, origin, state)
        ) WITHOUT ROWID;
        INSERT INTO tally SELECT collection, 0, state, count(*) FROM item GROUP BY collection, state;

        -- only items that have a picture are found by their attributes
        DELETE FROM itemAttribute WHERE item IN (SELECT id FROM item WHERE picture IS NULL);
        DROP INDEX attributeByItem;

        -- parts of collections that are being read in parts
        CREATE TABLE collectPart (
            collection INTEGER NOT NULL,
            part TEXT NOT NULL,
            cursor TEXT,
            isComplete INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (collection, part)
        ) WITHOUT ROWID;

        -- items that a sweep has seen, and removed ones whose vectors are still to be deleted
        ALTER TABLE collection ADD COLUMN isSweeping INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE seenItem (
            collection INTEGER NOT NULL,
            item INTEGER NOT NULL,
            PRIMARY KEY (collection, item)
        ) WITHOUT ROWID;
        CREATE TABLE removedItem (item INTEGER PRIMARY KEY);

        -- nextRetry: seconds since 1970, NULL for what never comes back by itself
        -- retries: failures in a row since a person last asked for a retry
        ALTER TABLE failure ADD COLUMN nextRetry INTEGER;
        ALTER TABLE failure ADD COLUMN retries INTEGER NOT NULL DEFAULT 1;
        UPDATE failure SET nextRetry = strftime('%s', 'now') + 60 WHERE isRetryable
            AND item IN (SELECT id FROM item WHERE state = 2 AND mediaURIs <> '[]');
        CREATE INDEX failureByRetry ON failure(nextRetry) WHERE nextRetry IS NOT NULL;

        CREATE TABLE ledger (
            id INTEGER PRIMARY KEY,
            item INTEGER NOT NULL,
            url TEXT NOT NULL,
            host TEXT NOT NULL,
            outcome TEXT NOT NULL,
            status INTEGER,
            byteCount INTEGER NOT NULL,
            milliseconds INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            lastTried INTEGER NOT NULL -- seconds since 1970
        );
        CREATE INDEX ledgerByItem ON ledger(item);
        CREATE INDEX ledgerByHost ON ledger(host);

        ALTER TABLE picture ADD COLUMN perceptualHash INTEGER;
        CREATE INDEX pictureByPerceptualHash ON picture(perceptualHash) WHERE perceptualHash IS NOT NULL;
        """

    /// Models that have vectors beside those of the model in use: being built, or kept for going back.
    private static let thirdVersion = """
        CREATE TABLE keptModel (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            -- the vectors of items up to this key are right but for the stale ones; later items were not looked at
            upTo INTEGER NOT NULL
        );
        CREATE TABLE staleVector (
            model INTEGER NOT NULL,
            item INTEGER NOT NULL,
            PRIMARY KEY (model, item)
        ) WITHOUT ROWID;
        """
}
