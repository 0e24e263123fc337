import Core
import Foundation
import Testing

@testable import CLIP

@Suite(.timeLimit(.minutes(1))) struct `CLIP model` {
    private func starter(_ change: (inout CLIPOptions) -> Void = { _ in }) throws -> CLIPModel {
        var options = CLIPOptions()
        options.imageThreads = 2
        // What is compared with the reference is what every processor computes.
        options.precision = .f32
        change(&options)
        return try CLIPModel.load(folder: Starter.folder, options: options)
    }

    @Test func `describes itself`() throws {
        let model = try starter()
        #expect(model.name == "starter")
        #expect(model.dimension == 512)
        #expect(model.imageSize == (96, 96))
    }

    @Test func `reproduces the golden texts`() throws {
        let model = try starter()
        for golden in try Starter.golden().texts {
            #expect(model.tokens(of: golden.text) == golden.input_ids)
            let reference = try #require(Embedding(normalizing: golden.embedding))
            let embedding = try model.embed(text: golden.text)
            #expect(embedding.cosine(to: reference) >= 0.9999, "\(golden.text)")
            #expect(abs(embedding.values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        }
    }

    @Test(arguments: [(CLIPOptions.Precision.f32, 0.9999), (.bf16, 0.999)])
    func `reproduces the golden pictures`(precision: CLIPOptions.Precision, least: Double) throws {
        let model = try starter { $0.precision = precision }
        let golden = try Starter.golden().images
        let tensors = try golden.map { model.preprocess(try Starter.picture($0.file)) }
        for (embedding, golden) in zip(try model.embed(tensors: tensors), golden) {
            let reference = try #require(Embedding(normalizing: golden.embedding))
            #expect(embedding.cosine(to: reference) >= least, "\(golden.file)")
        }
    }

    @Test func `gives a picture the same vector in every batch and place`() throws {
        let single = try starter { $0.imageBatch = 1 }
        let tensors = (0..<19).map { single.preprocess(Starter.noise(width: 100 + $0, height: 120)) }
        let alone = try single.embed(tensors: tensors)
        #expect(Set(alone).count == tensors.count)
        for batch in [2, 7, 16, 19, 64] {
            let model = try starter { $0.imageBatch = batch }
            #expect(try model.embed(tensors: tensors) == alone)
            #expect(try model.embed(tensors: tensors.reversed()) == alone.reversed())
        }
    }

    @Test func `gives a text the same vector however it is padded`() throws {
        let folder = try ModelFolder(path: Starter.folder)
        let tower = try TextTower(folder, InferenceSettings(threads: 1, precision: .f32))
        #expect(tower.lengths == [4, 6, 8, 9, 10, 11, 12, 14, 16, 20, 24, 28, 32])
        let golden = try #require(try Starter.golden().texts.first)
        let short = try #require(Embedding(normalizing: tower.run([golden.input_ids], padding: 8513)[0]))
        let padding = [Int32](repeating: 8513, count: 32 - golden.input_ids.count)
        let long = try #require(Embedding(normalizing: tower.run([golden.input_ids + padding], padding: 8513)[0]))
        #expect(short.cosine(to: long) > 0.999_999)
    }

    @Test func `embeds no pictures as no vectors`() throws {
        #expect(try starter().embed(tensors: []).isEmpty)
    }

    @Test func `answers from many tasks at once`() async throws {
        let model = try starter()
        let alone = try model.embed(text: "an ape")
        try await withThrowingTaskGroup(of: Embedding.self) { group in
            for _ in 0..<20 { group.addTask { try await model.textEmbedding("an ape") } }
            for try await embedding in group { #expect(embedding == alone) }
        }
        let picture = Starter.noise(width: 96, height: 96)
        let embedding = try await model.imageEmbedding(picture)
        let several = try await model.imageEmbeddings(tensors: [model.preprocess(picture)])
        #expect(several == [embedding])
    }

    @Test func `refuses a tensor of another size`() throws {
        let error = #expect(throws: CLIPError.self) { try starter().embed(tensors: [[1, 2, 3]]) }
        #expect(error?.code == .dimensionMismatch)
    }

    @Test func `refuses a vector without direction`() throws {
        let model = try starter()
        for values: [Float] in [[0, 0, 0], [1, .nan, 0], [.infinity, 1, 1]] {
            let error = #expect(throws: CLIPError.self) { try model.unitLength(values, of: .image) }
            #expect(error?.code == .unusableOutput)
        }
    }

    @Test func `keeps compiled graphs in the cache and survives a damaged one`() throws {
        let copy = try ModelCopy()
        let cache = "\(copy.path)/../cache"
        let first = try CLIPModel.load(folder: copy.path, cacheDirectory: cache).embed(text: "an ape")
        let files = try FileManager.default.contentsOfDirectory(atPath: cache).filter { $0.hasSuffix(".blob") }
        #expect(files.count == 1)
        #expect(try CLIPModel.load(folder: copy.path, cacheDirectory: cache).embed(text: "an ape") == first)
        let file = "\(cache)/\(try #require(files.first))"
        let whole = try Data(contentsOf: URL(filePath: file))
        var flipped = whole
        flipped[whole.count / 2] ^= 1
        for damaged in [Data("damaged".utf8), Data(), whole.dropLast(), flipped, whole.prefix(whole.count / 2)] {
            try damaged.write(to: URL(filePath: file))
            #expect(try CLIPModel.load(folder: copy.path, cacheDirectory: cache).embed(text: "an ape") == first)
        }
        // What could not be used was written anew.
        #expect(try Data(contentsOf: URL(filePath: file)).count == whole.count)
    }

    @Test func `works without a cache where none can be written`() throws {
        let model = try CLIPModel.load(folder: Starter.folder, cacheDirectory: "/proc/nowhere/cache")
        #expect(try model.embed(text: "an ape").dimension == 512)
    }

    @Test func `forgets what was not asked for the longest`() {
        var recent = RecentValues<String, Int>(capacity: 2)
        recent.insert(1, for: "a")
        recent.insert(2, for: "b")
        #expect(recent.value(for: "a") == 1)
        recent.insert(3, for: "c")
        #expect(recent.value(for: "b") == nil)
        #expect(recent.value(for: "a") == 1)
        #expect(recent.value(for: "c") == 3)
        #expect(recent.count == 2)
    }
}
