/// How a model is run; what is nil is chosen by a short measurement and remembered beside the compiled graphs.
package struct CLIPOptions: Sendable {
    /// The arithmetic inside the towers; weights and outputs are 32-bit floats either way.
    ///
    /// An int8 model is a model folder whose graphs hold quantised layers; it runs as it is under any of these.
    package enum Precision: String, Sendable, CaseIterable {
        /// bf16 where this processor is clearly faster in it, else f32; decided once for a model and a machine.
        case automatic
        /// Reproduces the reference vectors.
        case f32
        /// Cosines of about 0.9999 to f32.
        ///
        /// Twice as fast on processors that multiply bfloat16 at twice the rate or have tiles for it, and *slower* on
        /// those that have the instruction but not the rate.
        case bf16
    }

    package var precision: Precision = .automatic
    /// Threads for all runs of the image tower that go on side by side; nil: one a processor core.
    package var imageThreads: Int?
    /// Runs of the image tower that go on side by side and share the threads.
    package var imageStreams: Int?
    /// The most pictures that one run of the image tower takes.
    package var imageBatch: Int?
    /// Threads for all runs of the text tower that go on side by side.
    package var textThreads: Int?
    /// Runs of the text tower that go on side by side and share the threads.
    package var textStreams: Int?
    /// The most texts that one run of the text tower takes.
    package var textBatch = 32
    /// Whether texts come in batches from many askers: the text tower is then laid out to do many a second, and not to
    /// answer one soon.
    package var expectsManyTexts = false
    /// How many text embeddings are remembered.
    package var rememberedTexts = 256
    /// The share of the machine that other programs may take during a measurement for its result to be remembered.
    var toleratedLoad = 0.1

    package init() {}
}
