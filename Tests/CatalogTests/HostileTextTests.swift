import Core
import Foundation
import Testing

@testable import Catalog

@Suite(.timeLimit(.minutes(1))) struct HostileTextTests {
    private let folder: CatalogFolder
    private let catalog: LibraryCatalog

    init() throws {
        folder = try CatalogFolder()
        catalog = try folder.open()
    }

    @Test func `JSON is written as Foundation writes it, so that older rows compare`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        let scalars = (0..<0x180).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{FFFD}", "\u{10FFFF}", "\u{200D}"]
        for text in scalars.map(String.init) + ["", "a/b\\c\"d\n", "e\u{301}\u{1F468}\u{200D}\u{1F469}", "\u{0}\u{1F}"]
        {
            var bytes: [UInt8] = []
            bytes.appendJSON(text.utf8)
            #expect(try Data(bytes) == encoder.encode(text), "\(text.unicodeScalars.map(\.value))")
        }
    }

    @Test(arguments: [
        String(repeating: "9", count: 78), "0", "00", " 0", "-1", "1e3", "caf\u{E9}", "cafe\u{301}", "\u{212B}",
        "\u{C5}", "A\u{30A}", "a/../b", "'; DROP TABLE item; --", "\u{FFFD}\u{FFFD}", "\u{202E}gnp.x", "%00",
        "\u{FEFF}1",
        String(decoding: [0xED, 0xA0, 0x80], as: UTF8.self), String(repeating: "x", count: 4000),
    ])
    func `tokens come back byte for byte`(token: String) async throws {
        #expect(try await catalog.record(Sample.page([Sample.item(token)])) == PageOutcome(added: 1))
        #expect(try await catalog.record(Sample.page([Sample.item(token)])) == PageOutcome())
        let item = try #require(try await catalog.item(ItemID(collection: "apes", token: token)))
        #expect(item.id.token.utf8.elementsEqual(token.utf8))
    }

    @Test func `tokens that are equal as strings but not as bytes are items of their own`() async throws {
        let tokens = ["\u{212B}", "\u{C5}", "A\u{30A}", "1", "01", "1 "]
        #expect(try await catalog.record(Sample.page(tokens.map { Sample.item($0) })).added == tokens.count)
        #expect(try await catalog.record(Sample.page(tokens.map { Sample.item($0) })) == PageOutcome())
        #expect(try await catalog.allPending().map { Array($0.id.token.utf8) } == tokens.map { Array($0.utf8) })
    }

    @Test func `lists of attributes of megabytes are kept in part`() async throws {
        let many = (0..<200_000).map { Attribute(trait: "trait \($0)", value: "value \($0)") }
        let long = [
            Attribute(trait: "T", value: String(repeating: "\u{1F468}", count: 1_250_000)),
            Attribute(trait: String(repeating: "\u{0}", count: 3000), value: "\"\\"),
        ]
        let wide = (0..<150).map { Attribute(trait: "\($0)", value: String(repeating: "w", count: 1024)) }
        for (token, attributes) in [("many", many), ("long", long), ("wide", wide)] {
            let page = Sample.page([Sample.item(token, attributes: attributes)])
            #expect(try await catalog.record(page).added == 1)
            #expect(try await catalog.record(page) == PageOutcome(), "what is kept compares equal")
        }
        try await catalog.makeSearchable(try await catalog.allPending())
        let keys = try await catalog.keys(collection: 1, attributes: [])
        let items = try await catalog.items(keys).sorted { $0.key < $1.key }.map(\.value)
        #expect(items[0].attributes == Array(many.prefix(EncodedItem.Limits.attributes)))
        let value = try #require(items[1].attributes.first?.value)
        #expect(value == String(repeating: "\u{1F468}", count: 256), "cut between characters")
        #expect(items[1].attributes.last?.trait == String(repeating: "\u{FFFD}", count: 1024))
        #expect((1..<64).contains(items[2].attributes.count))
        #expect(try await catalog.keys(collection: 1, attributes: [many[199]]) == [keys[0]])
        #expect(try await catalog.keys(collection: 1, attributes: [many[200]]).isEmpty)
        #expect(try #require(try folder.query("SELECT max(length(attributes)) FROM item", Int.self)) < 100_000)
    }

    @Test func `a host that is none is folded`() async throws {
        let origin = MediaOrigin(kind: .http, host: String(repeating: "a", count: 300))
        _ = try await catalog.record(
            Sample.page([
                Sample.item("1", origin: origin), Sample.item("2", origin: MediaOrigin(kind: .http, host: "b")),
            ]))
        #expect(try await catalog.sources().map(\.place.host) == ["", "b"])
    }

    @Test func `a perceptual hash comes back bit for bit and finds its copies`() async throws {
        _ = try await catalog.record(Sample.page((1...3).map { Sample.item("\($0)") }))
        let hash = UInt64.max - 1
        let pending = try await catalog.allPending()
        // The first picture was stored before hashes were kept.
        for (seed, kept) in [(1, nil), (1, hash), (2, hash), (3, 7)] as [(UInt8, UInt64?)] {
            try await catalog.commit([
                .searchable(
                    key: pending[Int(seed) - 1].key, revision: 0,
                    picture: Sample.picture(seed, perceptualHash: kept), sourceURL: "u")
            ])
        }
        #expect(try await catalog.items([pending[0].key])[pending[0].key]?.picture?.perceptualHash == hash)
        #expect(try await catalog.keys(perceptualHash: hash) == pending.prefix(2).map(\.key))
    }
}
