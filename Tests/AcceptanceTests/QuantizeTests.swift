import Foundation
import Testing

/// `model quantize` on a library of clip art.
@Suite(.tags(.slow), .timeLimit(.minutes(10))) struct QuantizeTests {
    private static let python = Programs.repository.appendingPathComponent(".deps/quantize/bin/python").path
    private let scratch: Scratch
    private let library: Library

    init() throws {
        scratch = try Scratch()
        library = Library(path: scratch.path + "/library")
    }

    private func ingest(_ count: Int) async throws {
        let folder = scratch.path + "/pictures"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: Programs.clipArt + "/plants")
            .filter { $0.hasSuffix(".png") }.sorted().prefix(count)
        for name in names {
            // Some are links, which lead out of the folder that is collected.
            let file = URL(fileURLWithPath: Programs.clipArt + "/plants/" + name).resolvingSymlinksInPath()
            try FileManager.default.copyItem(atPath: file.path, toPath: folder + "/" + name)
        }
        for command in [["collect", "folder", folder, "--collection", "plants"], ["ingest"]] {
            let outcome = await (try library.start(command)).outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    private var models: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: library.path + "/models").sorted() }
    }

    @Test func `what is missing for it is said in one sentence`() async throws {
        try await ingest(12)
        let untooled = try await library.nftopia(
            "model", "quantize", environment: ["NFTOPIA_QUANTIZE_PYTHON": "/nonexistent/python"])
        #expect(untooled.status == 1)
        #expect(untooled.errors.contains("scripts/quantize-tools.sh"))
        #expect(untooled.errors.split(separator: "\n").count == 1)
        // Any program will do: it is not started.
        let tools = ["NFTOPIA_QUANTIZE_PYTHON": "/bin/true"]
        let few = try await library.nftopia("model", "quantize", environment: tools)
        #expect(few.status == 1)
        #expect(few.errors.contains("30 are needed"), "\(few.errors)")
        let unknown = try await library.nftopia("model", "quantize", "nowhere", environment: tools)
        #expect(unknown.status == 1 && unknown.errors.contains("no model \"nowhere\""), "\(unknown.errors)")
        #expect(try await library.nftopia("model", "quantize", "--output", "../x", environment: tools).status == 2)
        #expect(try models == ["starter"])
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: python),
            "NNCF is not installed: run scripts/quantize-tools.sh to try quantising itself"))
    func `an 8-bit copy is installed when it finds the same neighbours, and only then`() async throws {
        try await ingest(48)
        let refused = try await library.nftopia(
            "model", "quantize", "--pictures", "12", "--threshold", "1", "--quiet")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("not installed"), "\(refused.errors)")
        #expect(try models == ["starter"], "nothing is left behind")

        let done = try await library.nftopia(
            "model", "quantize", "--pictures", "12", "--threshold", "0.5", "--quiet", "--json")
        #expect(done.status == 0, "\(done.errors)")
        let report = try done.json()
        #expect(try #require(report["recall"] as? Double) >= 0.5)
        #expect(try #require(report["pictureCosine"] as? Double) > 0.98)
        #expect(try #require(report["textCosine"] as? Double) > 0.98)
        let bytes = try #require(report["bytes"] as? [Int])
        #expect(bytes[1] < bytes[0])
        #expect(try models == ["starter", "starter-int8"])

        let picture = try #require(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/pictures").first)
        let embedded = try await library.nftopia(
            "embed", "--model", library.path + "/models/starter-int8", "--text", "a flower", "--image",
            scratch.path + "/pictures/" + picture)
        #expect(embedded.status == 0, "\(embedded.errors)")
        let again = try await library.nftopia("model", "quantize")
        #expect(again.status == 1 && again.errors.contains("already"))
    }
}
