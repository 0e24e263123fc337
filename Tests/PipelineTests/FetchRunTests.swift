import Core
import Fetching
import Foundation
import Imaging
import Pipeline
import Testing

@Suite(.timeLimit(.minutes(1))) struct FetchRunTests {
    private struct Web: MediaFetcher {
        let picture: [UInt8]

        func fetch(_ uri: String) async throws(FetchError) -> FetchedMedia {
            if uri.hasSuffix("gone") { throw FetchError(.notFound, "There is nothing at \(uri).") }
            let bytes = uri.hasSuffix("page") ? Array("<html></html>".utf8) : picture
            return FetchedMedia(bytes: bytes, sourceURL: uri, contentType: nil)
        }
    }

    @Test func `every address is stored or counted with its reason`() async throws {
        let folder = NSTemporaryDirectory() + "fetch-run-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let golden = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Models/starter/golden/boat-grey.png")
        let run = FetchRun(
            media: MediaRouter(web: Web(picture: Array(try Data(contentsOf: golden)))),
            shrinker: InProcessShrinker(try Shrinker(), width: 2),
            store: PictureStore(root: folder, cache: folder + "/cache"), concurrency: 4)
        let summary = try await run.run((0..<30).map { "http://x/\($0)" } + ["http://x/gone", "http://x/page"])
        #expect(summary.stored == 30 && summary.storedBytes > 0)
        #expect(summary.failures == ["notFound": 1, "notAPicture": 1])
    }
}
