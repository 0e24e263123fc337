import Foundation
import Testing

@testable import CLIP

@Suite struct `Tokenizer fidelity` {
    private struct Row: Decodable {
        let t: String
        let i: [Int32]
    }

    @Test func `gives the ids of open_clip for texts of all scripts`() throws {
        let tokenizer = try CLIP.Tokenizer(ModelFolder(path: Starter.folder))
        let rows = try JSONDecoder().decode([Row].self, from: Starter.fixture("tokens.json"))
        #expect(rows.count > 600)
        for row in rows { #expect(tokenizer.encode(row.t) == row.i, "\(row.t.debugDescription)") }
    }

    @Test func `gives the ids of open_clip for 103,000 texts of all kinds`() throws {
        let folder = try ModelFolder(path: Starter.folder)
        let tokenizer = try CLIP.Tokenizer(folder.tokenizerConfiguration, contextLength: 8192, folder: folder.path)
        let (texts, wrong) = try SeededTexts().differences(of: tokenizer, from: "tokens-seeded.txt")
        #expect(texts > 103_000)
        #expect(wrong.isEmpty)
    }
}
