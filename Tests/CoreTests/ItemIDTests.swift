import Testing

@testable import Core

@Suite struct ItemIDTests {
    static let punk = "eth-mainnet/0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"

    @Test(
        "An id splits into collection and token",
        arguments: [
            ("clipart/cat.png", "clipart", "cat.png"),
            ("clipart/animals/cat.png", "clipart", "animals/cat.png"),
            ("\(punk)/7804", punk, "7804"),
            (
                "clipart/./0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb/a", "clipart",
                "./0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb/a"
            ),
            ("a/b/", "a", "b/"),
        ])
    func split(text: String, collection: String, token: String) throws {
        let id = try #require(ItemID(parsing: text))
        #expect(id.collection == collection)
        #expect(id.token == token)
        #expect(id.description == text)
    }

    @Test("A text without both parts is no id", arguments: ["", "clipart", "clipart/", "/cat.png", "/"])
    func refuse(text: String) {
        #expect(ItemID(parsing: text) == nil)
    }

    @Test(
        "Collection names are plain",
        arguments: [
            ("photos", true), ("my-photos_2.0", true), ("", false), (".hidden", false), ("a/b", false), ("a b", false),
            ("é", false), (String(repeating: "a", count: 101), false),
        ])
    func collectionName(name: String, isValid: Bool) {
        #expect(ItemID.isPlainCollectionName(name) == isValid)
    }
}

@Suite struct ContentHashTests {
    @Test("SHA-256 of known texts (FIPS 180-4 examples)")
    func knownDigests() {
        #expect(
            ContentHash(of: Array("abc".utf8)).hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            ContentHash(of: []).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("Hexadecimal text is read back; anything else is refused")
    func hexadecimal() {
        let hash = ContentHash(of: Array("abc".utf8))
        #expect(ContentHash(hex: hash.hex) == hash)
        #expect(ContentHash(hex: hash.hex.uppercased()) == nil)
        #expect(ContentHash(hex: String(hash.hex.dropLast())) == nil)
        #expect(ContentHash(hex: String(hash.hex.dropLast()) + "g") == nil)
    }

    @Test("A lazy sequence hashes like its bytes")
    func lazySequence() {
        #expect(ContentHash(of: (0..<200).lazy.map { UInt8($0) }) == ContentHash(of: (0..<200).map { UInt8($0) }))
    }
}

@Suite struct EmbeddingTests {
    @Test("Normalising gives unit length and keeps the direction")
    func normalise() throws {
        let embedding = try #require(Embedding(normalizing: [3, 4]))
        #expect(embedding.values == [0.6, 0.8])
        #expect(abs(embedding.cosine(to: embedding) - 1) < 1e-12)
    }

    @Test("A vector without direction is refused", arguments: [[0, 0], [.nan, 1], [.infinity, 1]] as [[Float]])
    func refuse(values: [Float]) {
        #expect(Embedding(normalizing: values) == nil)
    }
}

@Suite struct BlockingPoolTests {
    private struct Refusal: Error {}

    @Test("Every job runs, results and errors come back", .timeLimit(.minutes(1)))
    func results() async throws {
        let pool = BlockingPool(name: "test", width: 3)
        let squares = try await withThrowingTaskGroup(of: Int.self) { group in
            for i in 0..<500 { group.addTask { try await pool.run { i * i } } }
            return try await group.reduce(0, +)
        }
        #expect(squares == (0..<500).reduce(0) { $0 + $1 * $1 })
        await #expect(throws: Refusal.self) { try await pool.run { throw Refusal() } }
    }
}

@Suite struct RunProgressTests {
    @Test("What fails at a stage is no longer expected by the stages behind it")
    func failures() {
        let progress = RunProgress(stages: [.fetch, .shrink, .embed], total: 10)
        progress.add(.fetch, done: 8, failed: 2)
        progress.add(.shrink, done: 7, failed: 1)
        let reports = progress.snapshot
        #expect(reports.map(\.total) == [10, 8, 7])
        #expect(reports.map(\.done) == [8, 7, 0])
        #expect(reports.map(\.failed) == [2, 1, 0])
    }
}
