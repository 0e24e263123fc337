import Foundation
import Testing

@testable import CLIP

@Suite struct `Tokenizer` {
    private struct Row: Decodable {
        let t: String
        let i: [Int32]
    }

    private func starter() throws -> CLIP.Tokenizer { try .init(ModelFolder(path: Starter.folder)) }

    @Test func `gives the same ids when it remembers a piece`() throws {
        let tokenizer = try starter()
        let text = "a zombie with a pipe, an unforgettableword"
        #expect(tokenizer.encode(text) == tokenizer.encode(text))
    }

    @Test func `reads vocab.json and merges.txt as it reads tokenizer.json`() throws {
        let copy = try ModelCopy()
        try copy.remove("tokenizer.json")
        let other = try CLIP.Tokenizer(ModelFolder(path: copy.path))
        let tokenizer = try starter()
        let rows = try JSONDecoder().decode([Row].self, from: Starter.fixture("tokens.json"))
        for row in rows { #expect(other.encode(row.t) == tokenizer.encode(row.t), "\(row.t.debugDescription)") }
    }

    @Test func `reads merges written as strings`() throws {
        let copy = try ModelCopy()
        let url = URL(filePath: "\(copy.path)/tokenizer.json")
        var json = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        var model = try #require(json["model"] as? [String: Any])
        let merges = try #require(model["merges"] as? [[String]])
        model["merges"] = merges.map { $0.joined(separator: " ") }
        json["model"] = model
        try JSONSerialization.data(withJSONObject: json).write(to: url)
        let other = try CLIP.Tokenizer(ModelFolder(path: copy.path))
        for text in try Starter.golden().texts { #expect(other.encode(text.text) == text.input_ids) }
    }

    @Test func `cuts long texts and keeps the end token`() throws {
        let tokenizer = try starter()
        let ids = tokenizer.encode(String(repeating: "ape ", count: 500))
        #expect(ids.count == 32)
        #expect(ids.first == 8512 && ids.last == 8513)
        #expect(!ids.dropLast().contains(8513))
    }

    @Test(.timeLimit(.minutes(1))) func `encodes a very long word without quadratic time`() throws {
        #expect(try starter().encode(String(repeating: "ab", count: 100_000)).count == 32)
    }

    @Test func `finds a spelt-out end of text as open_clip writes it`() throws {
        #expect(try starter().encode("a <END_OF_TEXT> b<start_of_text>") == [8512, 320, 8513, 321, 8512, 8513])
        #expect(try starter().encode("a <|endoftext|> b").count > 5)
    }

    @Test func `limits texts to what tokenizer_config.json says, unless that is absurd`() throws {
        let copy = try ModelCopy()
        try copy.replace("\"model_max_length\": 32", with: "\"model_max_length\": 1e30", in: "tokenizer_config.json")
        #expect(try ModelFolder(path: copy.path).contextLength == 32)
        try copy.replace("\"model_max_length\": 1e30", with: "\"model_max_length\": 10", in: "tokenizer_config.json")
        let folder = try ModelFolder(path: copy.path)
        #expect(folder.contextLength == 10)
        #expect(try CLIP.Tokenizer(folder).encode(String(repeating: "ape ", count: 50)).count == 10)
    }

    @Test func `keeps capitals where the model wants them`() throws {
        let copy = try ModelCopy()
        try copy.replace("\"Lowercase\"", with: "\"NFC\"", in: "tokenizer.json")
        let tokenizer = try CLIP.Tokenizer(ModelFolder(path: copy.path))
        #expect(tokenizer.encode("APE") != tokenizer.encode("ape"))
    }
}
