package import Core

/// Something that turns texts and pictures into vectors of one space: a model in this process, or a service elsewhere.
///
/// Everything may be called from many tasks at a time.
package protocol Embedder: Sendable {
    /// The name that vectors are filed under.
    var name: String { get }
    /// Components of an embedding.
    var dimension: Int { get }

    /// The vector of `text`; what exceeds the model's context length is cut off.
    ///
    /// Throws: ``CLIPError``, or ``EmbedderError`` when the embedder is elsewhere.
    func textEmbedding(_ text: String) async throws -> Embedding

    /// The vectors of `texts` in their order.
    func textEmbeddings(_ texts: [String]) async throws -> [Embedding]

    /// The vector of a picture of any size.
    func imageEmbedding(_ image: RGBImage) async throws -> Embedding

    /// The vectors of `images` in their order.
    func imageEmbeddings(_ images: [RGBImage]) async throws -> [Embedding]

    /// Does what is done once, so that the first call is as fast as the rest.
    func makeReady() async throws
}

/// An embedder whose model is in this process: what goes into it can be prepared ahead of time and beside it.
package protocol LocalEmbedder: Embedder {
    /// Token ids of `text`, those that mark its ends included.
    func tokens(of text: String) -> [Int32]

    /// The vectors of texts by their ``tokens(of:)``, in their order; blocks.
    func embed(tokens: [[Int32]]) throws -> [Embedding]

    /// How many calls of ``embed(tokens:)`` gain from running side by side.
    var textRuns: Int { get }

    /// What the image tower takes; blocks for some tenths of a millisecond.
    func preprocess(_ image: RGBImage) -> [Float]

    /// The vectors of pictures that ``preprocess(_:)`` prepared, in their order.
    func imageEmbeddings(tensors: [[Float]]) async throws -> [Embedding]
}
