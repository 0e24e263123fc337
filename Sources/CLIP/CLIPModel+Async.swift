package import Core
import Synchronization

extension CLIPModel {
    /// As ``warmUp(_:)``, on a thread of the model.
    ///
    /// Throws: `CLIPError`.
    package func prepare(_ towers: [Tower] = Tower.allCases) async throws {
        try await imagePool.run { try self.warmUp(towers) }
    }

    /// As ``embed(text:)``, on the model's own thread.
    ///
    /// Throws: `CLIPError`.
    package func textEmbedding(_ text: String) async throws -> Embedding {
        try await textPool.run { try self.embed(text: text) }
    }

    /// The vectors of `texts`, in their order; those of about one length are run together.
    ///
    /// Others' texts are not held up by a long list: they go between its batches.
    ///
    /// Throws: `CLIPError`.
    package func textEmbeddings(_ texts: [String]) async throws -> [Embedding] {
        if texts.count == 1 { return [try await textEmbedding(texts[0])] }
        let tokens = await preparing.value { texts.map { self.tokenizer.encode($0) } }
        // The first use compiles the tower.
        let runs = try await textPool.run { self.textPlan(try self.textTower()).runs(of: tokens.map(\.count)) }
        return try await withThrowingTaskGroup(of: (run: [Int], vectors: [Embedding]).self) { group in
            var embeddings = [Embedding?](repeating: nil, count: texts.count)
            func keep(_ part: (run: [Int], vectors: [Embedding])) {
                for (index, vector) in zip(part.run, part.vectors) { embeddings[index] = vector }
            }
            for (number, run) in runs.enumerated() {
                if number >= textRuns, let part = try await group.next() { keep(part) }
                group.addTask {
                    (run, try await self.textPool.run { try self.embed(tokens: run.map { tokens[$0] }) })
                }
            }
            for try await part in group { keep(part) }
            return embeddings.compactMap(\.self)
        }
    }

    /// As ``embed(tensors:)``, on the model's own threads, with as many batches side by side as the tower runs.
    ///
    /// Throws: `CLIPError`.
    package func imageEmbeddings(tensors: [[Float]]) async throws -> [Embedding] {
        try check(tensors)
        if tensors.count == 1 {
            return try await urgent { try self.embed(batch: tensors[...], isUrgent: true) }
        }
        return try await inBatches(tensors.count) { range in
            try await self.imagePool.run { try self.embed(batch: tensors[range]) }
        }
    }

    /// Prepares and embeds one picture.
    ///
    /// Throws: `CLIPError`.
    package func imageEmbedding(_ image: RGBImage) async throws -> Embedding {
        try await urgent {
            let tower = try self.imageTower()
            let batch = self.batches.take(tower.fixedBatch ?? 1)
            defer { self.batches.give(batch) }
            batch.withPlace(0) { self.preprocessor.write(image, to: $0) }
            return try self.run(tower, batch, count: 1, isUrgent: true)
        }[0]
    }

    /// Prepares and embeds pictures of any size; vectors in their order.
    ///
    /// Each is resized straight into the memory that the tower reads, several at a time, while other batches run.
    ///
    /// Throws: `CLIPError`.
    package func imageEmbeddings(_ images: [RGBImage]) async throws -> [Embedding] {
        if images.count == 1 { return [try await imageEmbedding(images[0])] }
        return try await inBatches(images.count) { range in
            let tower = try await self.imagePool.run { try self.imageTower() }
            let batch = self.batches.take(max(range.count, tower.fixedBatch ?? 1))
            defer { self.batches.give(batch) }
            await withDiscardingTaskGroup { group in
                for (place, index) in range.enumerated() {
                    group.addTask {
                        await self.preparing.value {
                            batch.withPlace(place) { self.preprocessor.write(images[index], to: $0) }
                        }
                    }
                }
            }
            return try await self.imagePool.run { try self.run(tower, batch, count: range.count) }
        }
    }

    /// Runs what one person waits for before the next batch of a list.
    private func urgent<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        waitingPictures.add(1, ordering: .relaxed)
        defer { waitingPictures.subtract(1, ordering: .relaxed) }
        return try await queryPool.run(body)
    }

    /// Cuts `count` pictures into batches, of which one more is on its way than the tower runs at a time.
    private func inBatches(
        _ count: Int, _ embed: @escaping @Sendable (Range<Int>) async throws -> [Embedding]
    ) async throws -> [Embedding] {
        try await withThrowingTaskGroup(of: (Range<Int>, [Embedding]).self) { group in
            var parts: [Int: [Embedding]] = [:]
            var start = 0
            var running = 0
            while start < count {
                // The first use compiles the tower.
                let size = try await imagePool.run { try self.batchSize(outOf: count) }
                if running > tuning.imageStreams, let (range, part) = try await group.next() {
                    parts[range.lowerBound] = part
                    running -= 1
                }
                let range = start..<min(start + size, count)
                group.addTask { (range, try await embed(range)) }
                running += 1
                start = range.upperBound
            }
            for try await (range, part) in group { parts[range.lowerBound] = part }
            return parts.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }
}
