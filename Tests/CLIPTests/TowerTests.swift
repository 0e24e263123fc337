import Core
import Foundation
import Testing

@testable import CLIP

/// A full-size ViT-B/32 with random weights, made by the reference library; not in the repository.
enum FullSize {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".deps/models/vit-b-32-random").path(percentEncoded: false)
    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/onnx/vision_model.onnx") }
    static let comment: Comment = "needs the full-size model that scripts/reference-tools.sh and its kin make"
}

@Suite(.timeLimit(.minutes(2))) struct `Towers` {
    private static func options(
        _ precision: CLIPOptions.Precision, threads: Int = 2, streams: Int = 1, batch: Int = 8
    ) -> CLIPOptions {
        var options = CLIPOptions()
        options.precision = precision
        options.imageThreads = threads
        options.imageStreams = streams
        options.imageBatch = batch
        return options
    }

    private static let texts = [
        "an ape", "", "a photo of a red cat on a blue sofa, drawn by a child in the rain",
        String(repeating: "many words ", count: 60), "zombie",
    ]

    // MARK: What a vector depends on

    @Test func `give a picture the same bits with any batch, streams, threads and neighbours`() async throws {
        let precision = CLIPOptions.Precision.f32
        let pictures = (0..<19).map { Starter.noise(width: 100 + $0, height: 120) }
        let alone = try CLIPModel.load(folder: Starter.folder, options: Self.options(precision, threads: 1, batch: 1))
        let expected = try alone.embed(tensors: pictures.map(alone.preprocess))
        #expect(Set(expected).count == pictures.count)
        for (threads, streams, batch) in [(2, 1, 7), (2, 2, 4), (1, 1, 16), (4, 4, 19)] {
            let model = try CLIPModel.load(
                folder: Starter.folder,
                options: Self.options(precision, threads: threads, streams: streams, batch: batch))
            #expect(try await model.imageEmbeddings(pictures) == expected, "\(threads) \(streams) \(batch)")
            #expect(try await model.imageEmbeddings(pictures.reversed()) == expected.reversed())
            #expect(try await model.imageEmbeddings(tensors: pictures.map(model.preprocess)) == expected)
            #expect(try await model.imageEmbedding(pictures[3]) == expected[3])
        }
    }

    @Test func `agree in bfloat16 and single precision`() async throws {
        let single = try CLIPModel.load(folder: Starter.folder, options: Self.options(.f32))
        let half = try CLIPModel.load(folder: Starter.folder, options: Self.options(.bf16))
        let pictures = try Starter.golden().images.map { try Starter.picture($0.file) }
        let both = zip(try await single.imageEmbeddings(pictures), try await half.imageEmbeddings(pictures))
        for (a, b) in both { #expect(a.cosine(to: b) >= 0.999) }
        for text in Self.texts {
            #expect(try single.embed(text: text).cosine(to: half.embed(text: text)) >= 0.999, "\(text.prefix(20))")
        }
    }

    @Test func `give a text the same vector among others`() async throws {
        let single = try CLIPModel.load(folder: Starter.folder, options: Self.options(.f32))
        let expected = try Self.texts.map { try single.embed(text: $0) }
        let model = try CLIPModel.load(folder: Starter.folder, options: Self.options(.f32))
        let repeated = Self.texts + Self.texts + (0..<40).map { "an ape \($0)" }
        let embeddings = try await model.textEmbeddings(repeated)
        #expect(embeddings.count == repeated.count)
        for (embedding, expected) in zip(embeddings, expected + expected) {
            #expect(embedding.cosine(to: expected) > 0.999_999)
        }
        #expect(Set(embeddings.suffix(40)).count == 40)
        #expect(try await model.textEmbeddings([]).isEmpty)
        #expect(try model.embed(tokens: []).isEmpty)
        // The same with runs side by side, asked by several callers.
        var options = Self.options(.f32)
        (options.textThreads, options.textStreams, options.rememberedTexts) = (2, 2, 0)
        let sideBySide = try CLIPModel.load(folder: Starter.folder, options: options)
        #expect(sideBySide.textRuns == 2)
        try await withThrowingTaskGroup(of: [Embedding].self) { group in
            for _ in 0..<4 { group.addTask { try await sideBySide.textEmbeddings(repeated) } }
            for try await vectors in group {
                for (vector, embedding) in zip(vectors, embeddings) {
                    #expect(vector.cosine(to: embedding) > 0.999_999)
                }
            }
        }
    }

    // MARK: Full size

    @Test(.enabled(if: FullSize.isThere, FullSize.comment), arguments: [CLIPOptions.Precision.f32, .bf16])
    func `keep these promises at full size`(precision: CLIPOptions.Precision) async throws {
        let pictures = (0..<6).map { Starter.noise(width: 230 + 40 * $0, height: 260) }
        let model = try CLIPModel.load(folder: FullSize.folder, options: Self.options(precision, batch: 1))
        let expected = try await model.imageEmbeddings(pictures)
        let batched = try CLIPModel.load(
            folder: FullSize.folder, options: Self.options(precision, streams: 2, batch: 4))
        #expect(try await batched.imageEmbeddings(pictures) == expected)
        // Padding to the context's end changes nothing that one could measure.
        let tower = try model.textTower()
        #expect(tower.lengths.last == 77)
        for text in Self.texts {
            let tokens = model.tokens(of: text)
            let padding = [Int32](repeating: model.folder.padToken, count: 77 - tokens.count)
            let short = try model.embed(text: text)
            let long = try #require(
                Embedding(normalizing: tower.run([tokens + padding], padding: model.folder.padToken)[0]))
            #expect(zip(short.values, long.values).allSatisfy { abs($0 - $1) < 1e-3 }, "\(text.prefix(20))")
        }
    }

    // MARK: Choosing

    @Test func `take bfloat16 only where the processor is faster in it`() {
        func rates(_ f32: Double, _ bf16: Double, tiles: Bool = false) -> ProcessorRates {
            ProcessorRates(f32: f32, bf16: bf16, int8: 0, hasTiles: tiles)
        }
        #expect(rates(200, 400).favorsBFloat16)
        #expect(!rates(200, 100).favorsBFloat16)
        #expect(!rates(200, 205).favorsBFloat16)
        #expect(!rates(200, 0).favorsBFloat16)
        #expect(rates(200, 100, tiles: true).favorsBFloat16)
        #expect(!rates(0, 0).favorsBFloat16)
        // A text tower that waits for its weights gains from their size.
        #expect(rates(200, 100).favorsBFloat16(weights: 250 << 20))
        #expect(!rates(200, 100).favorsBFloat16(weights: 10 << 20))
        #expect(!rates(200, 0).favorsBFloat16(weights: 250 << 20))
    }

    @Test func `measure the processor's rates`() {
        let rates = ProcessorRates.measured()
        #expect(rates.f32 >= 0 && rates.f32 < 10_000)
        #expect(rates.bf16 >= 0 && rates.int8 >= 0)
    }

    @Test func `remember how they run best`() throws {
        let copy = try ModelCopy()
        let cache = "\(copy.path)/../cache"
        var options = CLIPOptions()
        // Whatever else this machine does meanwhile.
        options.toleratedLoad = 1
        let first = try CLIPModel.load(folder: copy.path, cacheDirectory: cache, options: options)
        try first.warmUp()
        let tuning = first.tuning
        #expect(try #require(tuning.picturesPerSecond) > 0)
        #expect(try #require(tuning.textMilliseconds) > 0)
        #expect(["f32", "bf16"].contains(tuning.imagePrecision))
        #expect(try CLIPModel.load(folder: copy.path, cacheDirectory: cache).tuning == tuning)
        #expect(try #require(tuning.textsPerSecond) > 0)
        // Texts from many askers may want another layout, which is remembered apart.
        options.expectsManyTexts = true
        #expect(
            try CLIPModel.load(folder: copy.path, cacheDirectory: cache, options: options).tuning.textsPerSecond == nil)
        // What is asked for goes before what is remembered.
        options.expectsManyTexts = false
        options.imageBatch = 3
        options.imageThreads = tuning.imageThreads + 1
        let other = try CLIPModel.load(folder: copy.path, cacheDirectory: cache, options: options).tuning
        #expect(other.imageBatch == 3 && other.imageThreads == tuning.imageThreads + 1)
        #expect(other.picturesPerSecond == nil)
        // A file that holds something else counts as none.
        let file = try #require(
            FileManager.default.contentsOfDirectory(atPath: cache).first { $0.hasPrefix("tuning-copy-") })
        for damage in ["", "{}", "[1]"] {
            try Data(damage.utf8).write(to: URL(filePath: "\(cache)/\(file)"))
            let model = try CLIPModel.load(folder: copy.path, cacheDirectory: cache)
            #expect(model.tuning.picturesPerSecond == nil)
            #expect(model.tuning.imagePrecision == tuning.imagePrecision)
        }
    }

    @Test func `forget what was measured while others used the machine`() throws {
        let copy = try ModelCopy()
        let cache = "\(copy.path)/../cache"
        var options = CLIPOptions()
        options.toleratedLoad = -1
        let first = try CLIPModel.load(folder: copy.path, cacheDirectory: cache, options: options)
        try first.warmUp([.text])
        #expect(first.tuning.textMilliseconds != nil)
        #expect(try CLIPModel.load(folder: copy.path, cacheDirectory: cache).tuning.textMilliseconds == nil)
    }

    @Test func `tell how much of the machine others use`() throws {
        let statistics = "cpu  100 20 30 5000 400 5 6 7 50 60\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
        #expect(ProcessorLoad.busyTicks(in: statistics) == 168)
        #expect(ProcessorLoad.busyTicks(in: "") == nil)
        #expect(ProcessorLoad.busyTicks(in: "cpu  1 2\n") == nil)
        let before = ProcessorLoad(machine: 10, own: 1, clock: 100)
        // In two seconds of two cores: three used, of which one by this program.
        let after = ProcessorLoad(machine: 13, own: 2, clock: 102)
        #expect(after.othersShare(since: before, cores: 2) == 0.5)
        #expect(before.othersShare(since: before, cores: 2) == 0)
        let now = try #require(ProcessorLoad.now())
        #expect(now.machine > 0 && now.own > 0 && now.own <= now.machine + 1)
    }

    @Test func `are measured for themselves by every precision`() throws {
        let copy = try ModelCopy()
        let cache = "\(copy.path)/../cache"
        var options = CLIPOptions()
        options.precision = .bf16
        try CLIPModel.load(folder: copy.path, cacheDirectory: cache, options: options).warmUp([.text])
        options.precision = .f32
        let model = try CLIPModel.load(folder: copy.path, cacheDirectory: cache, options: options)
        #expect(model.tuning.imagePrecision == "f32" && model.tuning.textPrecision == "f32")
        #expect(model.tuning.textMilliseconds == nil)
    }

    // MARK: Parts

    @Test func `write a picture straight into the batch as into an array`() throws {
        let preprocessor = try CLIP.Preprocessor(ModelFolder(path: Starter.folder).preprocessing)
        let batch = TensorBatch(capacity: 2, stride: preprocessor.tensorCount)
        for (width, height) in [(1, 1), (96, 96), (97, 300), (800, 533), (30, 2000), (225, 224)] {
            let picture = Starter.noise(width: width, height: height)
            batch.withPlace(1) { preprocessor.write(picture, to: $0) }
            let written = batch.withPlace(1) { Array($0) }
            #expect(written == preprocessor.tensor(for: picture), "\(width)x\(height)")
        }
        #expect(batch.withPlace(0) { $0.allSatisfy { $0 == 0 } })
    }

    @Test func `let go of small batches first`() {
        let batches = TensorBatches(stride: 4, most: 2)
        let taken = [batches.take(1), batches.take(8), batches.take(4)]
        for batch in taken { batches.give(batch) }
        #expect(batches.take(5) === taken[1])
        #expect(batches.take(2) === taken[2])
        #expect(batches.take(1).capacity == 1)
    }

    @Test func `answer single pictures while a long list is embedded`() async throws {
        let model = try CLIPModel.load(folder: Starter.folder, options: Self.options(.f32, streams: 2, batch: 4))
        let picture = Starter.noise(width: 96, height: 96)
        let alone = try await model.imageEmbedding(picture)
        let tensor = model.preprocess(picture)
        try await withThrowingTaskGroup(of: [Embedding].self) { group in
            for _ in 0..<3 {
                group.addTask { try await model.imageEmbeddings(tensors: [[Float]](repeating: tensor, count: 40)) }
            }
            for _ in 0..<20 { group.addTask { [try await model.imageEmbedding(picture)] } }
            for try await embeddings in group { #expect(embeddings.allSatisfy { $0 == alone }) }
        }
    }
}
