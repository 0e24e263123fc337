import Foundation
import Testing

/// The gallery in a real browser, over a real library.
@Suite(.tags(.slow), .timeLimit(.minutes(10))) struct GalleryTests {
    private static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(.enabled(if: browser != nil, "Chromium is not installed"))
    func `a person searches, opens, follows and uploads`() async throws {
        let scratch = try Scratch()
        let library = Library(path: scratch.path + "/library")
        let standIn = try await StandIn.start("--hostile")
        let collect = await
            (try library.start(
                standIn.collect(limit: 200), environment: ["NFTOPIA_ALCHEMY_KEY": "test"])).outcome()
        #expect(collect.status == 0, "\(collect.errors)")
        _ = try await library.nftopia("collect", "folder", Programs.clipArt + "/animals", "--collection", "clipart")
        let ingest = await (try library.start(standIn.ingest)).outcome()
        #expect(ingest.status == 0, "\(ingest.errors)")

        let server = try library.start(["serve", "--port", "0"])
        let address = "http" + (try await server.line(after: "NFTopia is ready on http"))
        let script = Programs.repository.appendingPathComponent("Tests/GUI/gallery_e2e.py").path
        let hostile = "eth-mainnet/\(Programs.punksContract)/10000"
        let browsing = await
            (try RunningProgram(
                "/usr/bin/env", ["python3", script, address, "--hostile-item", hostile])).outcome()
        #expect(browsing.status == 0, "\(browsing.output)\(browsing.errors)")
        server.send(SIGTERM)
        #expect(await server.outcome().status == 0)
    }
}
