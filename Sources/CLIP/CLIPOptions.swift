import Foundation

/// How a model is run.
package struct CLIPOptions: Sendable {
    /// The arithmetic inside the towers; weights and outputs are 32-bit floats either way.
    package enum Precision: String, Sendable, CaseIterable {
        /// Reproduces the reference vectors.
        case f32
        /// Twice as fast on processors with AVX-512 BF16 or AMX, with cosines of about 0.9999 to f32.
        ///
        /// Where the processor lacks the instructions OpenVINO computes in f32.
        case bf16
    }

    /// Threads for one run of the image tower.
    package var imageThreads: Int
    /// Threads for one run of the text tower; a query is too small to be worth more than one.
    package var textThreads = 1
    package var precision: Precision = .f32
    /// The most pictures that one run of the image tower takes.
    package var imageBatch = 16
    /// How many text embeddings are remembered.
    package var rememberedTexts = 256

    package init() { imageThreads = ProcessInfo.processInfo.activeProcessorCount }
}
