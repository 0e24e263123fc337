import Core
import Foundation

@testable import CLIP

/// The starter model of this repository and the reference files beside the tests.
enum Starter {
    static let folder = repository.appending(path: "Models/starter").path(percentEncoded: false)

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    private static let repository = tests.deletingLastPathComponent().deletingLastPathComponent()

    static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: tests.appending(path: "Fixtures/\(name)"))
    }

    /// What the reference computed for some texts and pictures; vectors are not normalised.
    struct Golden: Decodable {
        struct Text: Decodable {
            let text: String
            let input_ids: [Int32]
            let embedding: [Float]
        }
        struct Picture: Decodable {
            let file: String
            let crop_rgb_sha256: String
            let pixel_values_sum: Double
            let pixel_values_first: [Float]
            let embedding: [Float]
        }
        let texts: [Text]
        let images: [Picture]
    }

    static func golden() throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: "\(folder)/golden.json")))
    }

    /// A golden picture on white, from its runs of equal pixels (see training/pixel_fixture.py).
    static func picture(_ file: String) throws -> RGBImage {
        let name = URL(filePath: file).deletingPathExtension().lastPathComponent
        let bytes = [UInt8](try fixture("\(name).runs"))
        var pixels: [UInt8] = []
        for start in stride(from: 4, to: bytes.count, by: 4) {
            for _ in 0...bytes[start] { pixels += bytes[start + 1...start + 3] }
        }
        return RGBImage(
            width: Int(bytes[0]) | Int(bytes[1]) << 8, height: Int(bytes[2]) | Int(bytes[3]) << 8, pixels: pixels)
    }

    /// The noise of training/pixel_fixture.py.
    static func noise(width: Int, height: Int) -> RGBImage {
        var state = UInt32(truncatingIfNeeded: width * 65_537 + height)
        let pixels = (0..<3 * width * height).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}

/// A copy of the starter model that a test may damage; removed with the value.
final class ModelCopy {
    let path: String

    init(named name: String = "copy") throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "clip-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        path = parent.appending(path: name).path(percentEncoded: false)
        try FileManager.default.copyItem(atPath: Starter.folder, toPath: path)
    }

    deinit { try? FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent()) }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(file)") }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(file)"))
    }

    func replace(_ text: String, with other: String, in file: String) throws {
        let url = URL(filePath: "\(path)/\(file)")
        let before = try String(contentsOf: url, encoding: .utf8)
        try write(before.replacing(text, with: other), to: file)
    }
}
