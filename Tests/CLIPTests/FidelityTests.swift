import Core
import Foundation
import Imaging
import Testing

@testable import CLIP

/// The towers beside what the reference libraries compute for the same files and texts, from the bytes to the vector.
@Suite(.timeLimit(.minutes(30))) struct `Fidelity` {
    /// How near vectors must be to those of PyTorch in f32.
    private static func leastCosine(_ label: String) -> Double {
        label == "int8" ? 0.99 : label == "f32" ? 0.99999 : 0.999
    }

    @Test func `a full-size model gives the vectors that PyTorch gives`() throws {
        let model = try ReferenceModel()
        try compare(model.path, with: "vit-b-32-random", precision: .f32, every: 1)
        try compare(model.path, with: "vit-b-32-random", precision: .bf16, every: 4)
    }

    private static let made = ProcessInfo.processInfo.environment["NFTOPIA_FIDELITY_MODELS"]

    /// The models that `make fidelity` makes; `NFTOPIA_FIDELITY_MODELS` is their folder.
    @Test(.enabled(if: made != nil, "run `make fidelity` to compare models of other shapes, layouts and int8"))
    func `every model of the reference libraries gives the vectors that they give`() throws {
        let models = try #require(Self.made)
        let names = try #require(ProcessInfo.processInfo.environment["NFTOPIA_FIDELITY_NAMES"]).split(separator: " ")
        #expect(!names.isEmpty)
        for name in names.map(String.init) {
            for precision in CLIPOptions.Precision.allCases {
                try compare("\(models)/\(name)", with: name, precision: precision, every: 1)
            }
            try compare("\(models)/\(name)-int8", with: name, precision: .f32, every: 1)
        }
    }

    private func compare(
        _ folder: String, with name: String, precision: CLIPOptions.Precision, every step: Int
    ) throws {
        let inputs = try ReferenceInputs.load()
        let reference = try ReferenceVectors.load(name)
        #expect(inputs.pictureCount == 200 && reference.images.count == 200 && reference.crops.count == 200)
        #expect(inputs.texts.count == 200 && reference.texts.count == 200)
        var options = CLIPOptions()
        options.precision = precision
        let model = try CLIPModel.load(folder: folder, options: options)
        let preprocessor = CLIP.Preprocessor(try ModelFolder(path: folder).preprocessing)
        let shrinker = try Shrinker()
        var closeness: [Tower: Closeness] = [:]
        let chosen = Array(stride(from: 0, to: inputs.pictureCount, by: step))
        for start in stride(from: 0, to: chosen.count, by: 16) {
            let batch = chosen[start..<min(start + 16, chosen.count)]
            var tensors: [[Float]] = []
            for index in batch {
                let picture = try inputs.picture(index, with: shrinker)
                let crop = ContentHash(of: preprocessor.crop(of: picture)).hex.prefix(16)
                #expect(crop == reference.crops[index], "\(inputs.name(of: index)): the tower sees other pixels")
                tensors.append(model.preprocess(picture))
            }
            for (index, embedding) in zip(batch, try model.embed(tensors: tensors)) {
                closeness[.image, default: Closeness()].note(
                    embedding.cosine(to: reference.images[index]), inputs.name(of: index))
            }
        }
        for index in stride(from: 0, to: inputs.texts.count, by: step) {
            let text = inputs.texts[index]
            closeness[.text, default: Closeness()].note(
                try model.embed(text: text).cosine(to: reference.texts[index]), text)
        }
        let label = URL(filePath: folder).lastPathComponent.hasSuffix("-int8") ? "int8" : precision.rawValue
        for tower in [Tower.image, .text] {
            let result = try #require(closeness[tower])
            print("fidelity: \(name) \(tower) \(label): \(result)")
            #expect(result.least >= Self.leastCosine(label), "\(result)")
        }
    }

    /// Cosines of many vectors to their references.
    private struct Closeness: CustomStringConvertible {
        private(set) var least = 1.0
        private var worst = ""
        private var sum = 0.0
        private var count = 0

        mutating func note(_ cosine: Double, _ name: String) {
            if cosine < least { (least, worst) = (cosine, name) }
            sum += cosine
            count += 1
        }

        var description: String {
            "\(count) vectors, mean cosine \(String(format: "%.7f", sum / Double(count))), "
                + "lowest \(String(format: "%.7f", least)) (\(worst.prefix(60)))"
        }
    }
}

extension ReferenceInputs {
    fileprivate func name(of index: Int) -> String {
        index < files.count ? files[index] : "made \(made[index - files.count])"
    }
}
