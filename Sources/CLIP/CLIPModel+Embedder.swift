package import Core

extension CLIPModel: LocalEmbedder {
    /// One after the other, since a tower runs one call at a time, and on one thread without going back and forth.
    package func textEmbeddings(_ texts: [String]) async throws -> [Embedding] {
        try await Self.embedding.run { [self] in
            var embeddings: [Embedding] = []
            embeddings.reserveCapacity(texts.count)
            for text in texts { embeddings.append(try embed(text: text)) }
            return embeddings
        }
    }

    package func imageEmbeddings(_ images: [RGBImage]) async throws -> [Embedding] {
        // Prepared on a thread that may block, a few at a time: a prepared picture takes 600 kB.
        var embeddings: [Embedding] = []
        embeddings.reserveCapacity(images.count)
        for start in stride(from: 0, to: images.count, by: Self.preparedAtOnce) {
            let part = images[start..<min(start + Self.preparedAtOnce, images.count)]
            let tensors = try await Self.preparing.run { [self] in part.map { preprocess($0) } }
            embeddings += try await imageEmbeddings(tensors: tensors)
        }
        return embeddings
    }

    package func makeReady() async throws {
        try await Self.preparing.run { [self] in try warmUp(Tower.allCases) }
    }

    private static let preparedAtOnce = 32
    private static let embedding = BlockingPool(name: "clip-texts", width: 1)
    private static let preparing = BlockingPool(name: "clip-prepare", width: 1)
}
