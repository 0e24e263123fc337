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
        return migrator
    }
}
