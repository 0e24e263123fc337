import CKernels
import Core
import Foundation
import Testing

@testable import CLIP

@Suite struct `Preprocessor` {
    private struct Resize: Decodable {
        let width: Int
        let height: Int
        let edge: Int
        let cropWidth: Int
        let cropHeight: Int
        let filter: String
        let sha256: String
    }

    private func configuration(
        _ resize: PreprocessorConfiguration.Resize, filter: ResampleFilter = .bicubic, width: Int, height: Int
    ) -> PreprocessorConfiguration {
        PreprocessorConfiguration(
            resize: resize, filter: filter, centerCrop: true, outputWidth: width, outputHeight: height,
            rescaleFactor: 1 / 255, mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    }

    @Test func `makes the golden pixels bit for bit`() throws {
        let preprocessor = try CLIP.Preprocessor(ModelFolder(path: Starter.folder).preprocessing)
        for golden in try Starter.golden().images {
            let picture = try Starter.picture(golden.file)
            #expect(ContentHash(of: preprocessor.crop(of: picture)).hex == golden.crop_rgb_sha256, "\(golden.file)")
            let tensor = preprocessor.tensor(for: picture)
            #expect(tensor.count == 3 * 96 * 96)
            #expect(abs(tensor.reduce(0) { $0 + Double($1) } - golden.pixel_values_sum) < 0.01)
            for (channel, expected) in golden.pixel_values_first.enumerated() {
                #expect(abs(tensor[channel * 96 * 96 + 48 * 96 + 48] - expected) < 1e-6)
            }
        }
    }

    @Test func `resizes as Pillow does, whatever the processor`() throws {
        let rows = try JSONDecoder().decode([Resize].self, from: Starter.fixture("resize.json"))
        #expect(rows.count == 52)
        // A variant above the best one has instructions that this processor lacks.
        let variants = [NFT_RESAMPLE_PORTABLE, NFT_RESAMPLE_AVX2, NFT_RESAMPLE_AVX512].filter {
            $0.rawValue <= nft_resample_best_variant().rawValue
        }
        var picture = Starter.noise(width: 1, height: 1)
        for row in rows {
            if (picture.width, picture.height) != (row.width, row.height) {
                picture = Starter.noise(width: row.width, height: row.height)
            }
            let preprocessor = CLIP.Preprocessor(
                configuration(
                    .shortestEdge(row.edge), filter: row.filter == "bilinear" ? .bilinear : .bicubic,
                    width: row.cropWidth, height: row.cropHeight))
            for variant in variants {
                let crop = preprocessor.crop(of: picture, variant: variant)
                #expect(ContentHash(of: crop).hex == row.sha256, "\(row) \(variant)")
            }
        }
    }

    @Test func `computes only what the crop keeps of a very wide picture`() {
        let preprocessor = CLIP.Preprocessor(configuration(.shortestEdge(96), width: 96, height: 96))
        let crop = preprocessor.crop(of: Starter.noise(width: 100_000, height: 1))
        #expect(crop.count == 3 * 96 * 96)
    }

    @Test func `leaves pixels alone when nothing is to be resized`() {
        let image = Starter.noise(width: 5, height: 3)
        #expect(CLIP.Preprocessor(configuration(.none, width: 5, height: 3)).crop(of: image) == image.pixels)
        #expect(
            CLIP.Preprocessor(configuration(.exact(width: 5, height: 3), width: 5, height: 3)).crop(of: image)
                == image.pixels)
    }

    @Test(arguments: [
        (available: 10, wanted: 4, first: 3, count: 4, padding: 0), (11, 4, 3, 4, 0), (4, 4, 0, 4, 0), (3, 4, 0, 3, 1),
        (1, 4, 0, 1, 2), (2, 5, 0, 2, 2),
    ])
    func `rounds the crop as Hugging Face does`(available: Int, wanted: Int, first: Int, count: Int, padding: Int) {
        let window = CropWindow(available: available, wanted: wanted)
        #expect(window.kept == first..<first + count)
        #expect(window.padding == padding)
    }

    @Test(arguments: [
        (#"{"size": 96, "crop_size": 96, "image_mean": [0.5,0.5,0.5], "image_std": [0.5,0.5,0.5]}"#, 96, 96),
        (#"{"size": {"height": 96, "width": 96}, "do_center_crop": false, "do_normalize": false}"#, 96, 96),
        (#"{"size": {"shortest_edge": 96}, "crop_size": {"height": 96, "width": 96}, "do_normalize": false}"#, 96, 96),
    ])
    func `reads every way to write sizes`(json: String, width: Int, height: Int) throws {
        let copy = try ModelCopy()
        try copy.write(json, to: "preprocessor_config.json")
        let configuration = try ModelFolder(path: copy.path).preprocessing
        #expect(configuration.outputWidth == width && configuration.outputHeight == height)
    }
}
